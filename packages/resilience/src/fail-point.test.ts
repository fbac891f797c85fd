import { afterEach, describe, expect, it } from 'vitest';
import { failPoint, handleFailPoints } from './fail-point.js';

afterEach(() => handleFailPoints(async () => {}));

describe('failPoint', () => {
  it('does nothing without a handler', async () => {
    await failPoint('relay.afterClaim');
  });

  it('calls the handler with its name and waits for it', async () => {
    const passed: string[] = [];
    handleFailPoints(async (name) => {
      await new Promise(setImmediate);
      passed.push(name);
    });
    await failPoint('relay.afterClaim');
    expect(passed).toEqual(['relay.afterClaim']);
  });

  it("throws the handler's error", async () => {
    handleFailPoints(async (name) => {
      throw new Error(`injected at ${name}`);
    });
    await expect(failPoint('post.beforeCommit')).rejects.toThrow('injected at post.beforeCommit');
  });
});
