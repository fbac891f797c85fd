export { dataLocation } from './data-location.js';
export { findDemo, noDemo, requireDemo } from './running-demo.js';
export { SAMPLE_STOCK } from './sample-stock.js';
