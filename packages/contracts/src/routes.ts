// Entry point `@lmt/contracts/routes`: the contract of every HTTP route.

export { createAsyncApiDocument, recordHeaders } from './asyncapi.js';
export * as messageRoutes from './routes/messages.js';
export * as orderRoutes from './routes/orders.js';
export { API_VERSION } from './routes/parts.js';
export * as stockRoutes from './routes/stock.js';
