// npm run build: install, generate the Prisma clients, compile.
import { prepare } from './toolchain.mjs';

await prepare().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
