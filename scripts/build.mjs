// npm run build: install, generate the Prisma clients, compile; or only the steps that are named.
import { prepare } from './toolchain.mjs';

/** @type {import('./toolchain.mjs').Step[]} */
const all = ['install', 'generate', 'build'];
const wanted = process.argv.slice(2);

try {
  const unknown = wanted.filter((name) => !all.some((step) => step === name));
  if (unknown.length > 0) throw new Error(`unknown step ${unknown.join(', ')}: ${all.join(' | ')}`);
  await prepare({ steps: wanted.length > 0 ? all.filter((step) => wanted.includes(step)) : all });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
