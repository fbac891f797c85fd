// Optional peers of Prisma's client, which pnpm would take from the root's devDependencies: the CLI
// and the compiler, 200 MB, would become dependencies of what runs.
const notAtRunTime = ['prisma', 'typescript'];

module.exports = {
  hooks: {
    readPackage(manifest) {
      if (manifest.name !== '@prisma/client') return manifest;
      for (const peer of notAtRunTime) {
        delete manifest.peerDependencies?.[peer];
        delete manifest.peerDependenciesMeta?.[peer];
      }
      return manifest;
    },
  },
};
