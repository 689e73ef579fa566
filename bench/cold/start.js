// Runs a function's process from its start to the end of its first invocation, whose answer it writes to the fourth
// pipe: `node start.js BUNDLE EVENT`. It is plain JavaScript, so that no types have to be stripped first.
import { writeSync } from 'node:fs';

const [bundle, event] = process.argv.slice(2);
const loaded = await import(bundle);
const handler = loaded.handler ?? loaded.default.handler;
const answer = await handler(JSON.parse(event), { awsRequestId: 'cold', getRemainingTimeInMillis: () => 60_000 });
writeSync(3, JSON.stringify(answer ?? null));
process.exit(0);
