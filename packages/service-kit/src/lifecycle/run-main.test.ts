import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config-error.js';
import { main } from './run-main.js';
import { StartError } from './start-error.js';

async function run(start: () => Promise<void>) {
  let text = '';
  const exits: number[] = [];
  await main('order', start, {
    stderr: {
      write: (written) => {
        text += written;
      },
    },
    exit: (code) => void exits.push(code),
  });
  return { text, exits };
}

describe('main', () => {
  it('says nothing and stays when the start succeeds', async () => {
    expect(await run(async () => {})).toEqual({ text: '', exits: [] });
  });

  it('prints wrong settings without a stack and exits 78', async () => {
    const { text, exits } = await run(() =>
      Promise.reject(new ConfigError('1 setting is wrong:\n  PORT  x', ['PORT'])),
    );
    expect(text).toBe('order did not start: 1 setting is wrong:\n  PORT  x\n');
    expect(exits).toEqual([78]);
  });

  it('prints what to do when the start fails, and exits 1', async () => {
    const { text, exits } = await run(() => Promise.reject(new StartError('port 1 is taken: set PORT')));
    expect([text, exits]).toEqual(['order did not start: port 1 is taken: set PORT\n', [1]]);
  });

  it('shows no password of a URL and nothing that moves the cursor', async () => {
    const { text } = await run(() =>
      Promise.reject(new Error('no answer from postgresql://u:pass@word@db/x\u001b[2J\r\u202e')),
    );
    expect(text).toContain('no answer from postgresql://[redacted]@db/x\\u001b[2J\\u000d\\u202e\n');
  });

  it('prints the stack of an error that nobody foresaw', async () => {
    const { text, exits } = await run(() => Promise.reject(new TypeError('bug')));
    expect(text).toContain('TypeError: bug\n    at ');
    expect(exits).toEqual([1]);
  });
});
