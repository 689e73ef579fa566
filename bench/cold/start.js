// A function's process from its start to its first answer: `node start.js BUNDLE EVENT`. Plain JavaScript, so that nothing has
// to be stripped of types first.
const [bundle, event] = process.argv.slice(2);
const loaded = await import(bundle);
const handler = loaded.handler ?? loaded.default.handler;
await handler(JSON.parse(event), { awsRequestId: 'cold', getRemainingTimeInMillis: () => 5_000 });
process.exit(0);
