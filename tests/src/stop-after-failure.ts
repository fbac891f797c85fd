import { beforeEach } from 'vitest';

/** Skips the rest of a suite whose tests build on one another when one of them has failed. */
export function stopAfterFailure(): void {
  let failed = false;
  beforeEach(({ skip, onTestFailed }) => {
    skip(failed, 'an earlier test failed');
    onTestFailed(() => {
      failed = true;
    });
  });
}
