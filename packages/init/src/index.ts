export { type AddTablesOptions, addTables, type Source } from './add-tables.js';
export { InitError } from './plan-addition.js';
