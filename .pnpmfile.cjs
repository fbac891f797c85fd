// The CLI and the compiler are optional peers of Prisma's client. pnpm would resolve them from the root's
// devDependencies and add 200 MB to the production install.
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
