export { dataLocation } from './data-location.js';
export { findDemo, noDemo, requireDemo } from './running-demo.js';
export { loadSampleStock } from './sample-stock.js';
