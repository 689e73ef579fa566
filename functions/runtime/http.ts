/*
 * Replaces node:http in every bundle. When a module imports node:http, Node reads all its exports and, for WebSocket,
 * loads a second HTTP client (undici), which costs time in every cold start. Code that uses `fetch` or `WebSocket`
 * loads it at that point.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule('node:http');
