#!/usr/bin/env node
// The command line. Plain JavaScript, so that on another Node than 24 it can still say what is wrong.
import './require-node-24.js';

const { run } = await import('../cli/program.ts');
const { streamsOf } = await import('../cli/streams.ts');
process.exitCode = await run(process.argv.slice(2), streamsOf(process.stdout, process.stderr));
