export { codeBlocks, headings } from './read-walk.js';
export { runWalk } from './run-walk.js';
export { walkDemo } from './walk-demo.js';
