// Runs one program and ends it when this process's parent is gone: its standard input closes then, however the parent died.
// So DynamoDB Local never outlives the run that started it. Plain JavaScript: it starts in a few milliseconds.
import { spawn } from 'node:child_process';

const [command, ...argv] = process.argv.slice(2);
const child = spawn(command, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));
process.stdin.on('end', () => child.kill('SIGKILL')).resume();
// A terminal sends Ctrl-C to the whole group; the run decides when this ends.
process.on('SIGINT', () => {});
