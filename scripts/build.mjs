// npm run build: runs the named steps, by default all: install, generate the Prisma clients, build.
import { allSteps, prepare } from './toolchain.mjs';

const wanted = process.argv.slice(2);
try {
  const unknown = wanted.filter((name) => !allSteps.some((step) => step === name));
  if (unknown.length > 0) throw new Error(`unknown step ${unknown.join(', ')}: ${allSteps.join(' | ')}`);
  await prepare({ steps: allSteps.filter((step) => wanted.length === 0 || wanted.includes(step)) });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
