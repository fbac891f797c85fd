export { checkTarball } from './check-tarball.js';
export { packPackages, type Tarball } from './pack-packages.js';
