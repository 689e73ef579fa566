/*
 * Stands in for node:http in every bundle. Where a module imports that, Node reads whatever it exports, and one of its exports, WebSocket,
 * loads a second HTTP client (undici), which no function uses: time of every cold start.
 */
export const { Agent, request, STATUS_CODES } = process.getBuiltinModule('node:http');
