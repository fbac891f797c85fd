import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 4_096;

/**
 * Computes the verifier that Postgres stores for a password (RFC 5803), so that the password itself
 * appears neither in the server's log nor in a printed script.
 *
 * @throws if the password has other than visible ASCII characters, which SCRAM would normalise
 */
export function toScramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[!-~]+$/.test(password)) throw new Error('a password must consist of visible ASCII characters');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
