import { afterEach, describe, expect, it, vi } from 'vitest';
import { decideEach } from './decide-each.ts';

interface Sent {
  readonly path: string;
  readonly key: string | null;
}

function answer(statuses: readonly number[]): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (path: string, { headers }: { headers: Record<string, string> }) => {
    const status = statuses[sent.length] ?? 200;
    sent.push({ path, key: headers['idempotency-key'] ?? null });
    return Response.json(status === 200 ? {} : { detail: `status ${status}` }, { status });
  });
  return sent;
}

const headers = { 'idempotency-key': 'k', 'x-operator': 'ada' };

describe('decideEach', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('continues after a message that cannot be changed, and reports it', async () => {
    const sent = answer([200, 409, 200]);
    expect(await decideEach('requeue', ['a', 'b', 'c'], 'repaired', headers)).toEqual({
      changed: ['a', 'c'],
      refused: [{ id: 'b', why: 'status 409' }],
    });
    expect(sent.map(({ path }) => path)).toEqual([
      '/api/messages/a/requeue',
      '/api/messages/b/requeue',
      '/api/messages/c/requeue',
    ]);
  });

  it('stops at an outage, and uses the same keys in the retry', async () => {
    const first = answer([200, 503]);
    await expect(decideEach('discard', ['a', 'b', 'c'], 'gone', headers)).rejects.toThrow('status 503');
    const second = answer([]);
    await decideEach('discard', ['a', 'b', 'c'], 'gone', headers);
    expect(first.map(({ key }) => key)).toEqual(['k-a', 'k-b']);
    expect(second.map(({ key }) => key)).toEqual(['k-a', 'k-b', 'k-c']);
  });
});
