/*
 * Stands in for node:http in every bundle. Where a module imports that, Node reads whatever it exports, and for one of its exports,
 * WebSocket, loads a second HTTP client (undici): time of every cold start. What uses `fetch` or `WebSocket` loads it when it does.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule('node:http');
