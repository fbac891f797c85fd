// prepack of each package that can be published. npm would pack the version `workspace:*` of a
// dependency, which cannot be installed.
if (!process.env.npm_config_user_agent?.startsWith('pnpm/')) {
  console.error('npm cannot pack a package of this workspace. Run npm run pack in the root folder.');
  process.exit(1);
}
