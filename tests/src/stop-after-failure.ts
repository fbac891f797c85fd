import { beforeEach } from 'vitest';

/** Skips the rest of a suite after a failed test, because its tests build on one another. */
export function stopAfterFailure(): void {
  let failed = false;
  beforeEach(({ skip, onTestFailed }) => {
    skip(failed, 'an earlier test failed');
    onTestFailed(() => {
      failed = true;
    });
  });
}
