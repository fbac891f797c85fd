import { expect, it } from 'vitest';
import { toScramVerifier } from './scram-verifier.js';

it('computes the verifier of RFC 7677 from its example', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(toScramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

it.each(['', 'pässword', 'two words'])('refuses the password %j', (password) => {
  expect(() => toScramVerifier(password)).toThrow('visible ASCII');
});
