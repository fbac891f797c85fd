// Preloaded into the services with `--profile FOLDER`. SIGUSR2 starts a CPU profile, the next one
// writes it to PROFILE_FOLDER.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const SAMPLING_INTERVAL_US = 200;

const service = /services\/(\w+)\/dist\/main\.js$/.exec(process.argv[1] ?? '')?.[1];
const folder = process.env.PROFILE_FOLDER;

if (isMainThread && service && folder) {
  let session: Session | null = null;
  let number = 0;
  process.on('SIGUSR2', async () => {
    if (session === null) {
      session = new Session();
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
      await session.post('Profiler.start');
      return;
    }
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    session = null;
    number += 1;
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${number}-${service}-${process.pid}.cpuprofile`);
    await writeFile(`${path}.unfinished`, JSON.stringify(profile));
    await rename(`${path}.unfinished`, path);
  });
}
