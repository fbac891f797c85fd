export { dataLocation, findDemo, noDemo, requireDemo, SAMPLE_STOCK } from './running-demo.js';
