#!/usr/bin/env node
// The command line. Plain JavaScript, so that on another Node than 24 it can say so.
import './require-node-24.js';

const { run } = await import('../cli/program.ts');
process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
