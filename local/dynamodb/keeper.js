// Runs one program and ends it when this process's parent is gone: stdin closes then, however the parent died.
// So DynamoDB Local never outlives the run that started it. Plain JavaScript, because it starts in a few milliseconds.
import { spawn } from 'node:child_process';

const [command, ...argv] = process.argv.slice(2);
// Detached, because a terminal sends Ctrl-C to its whole process group, and the run decides when the program ends.
const child = spawn(command, argv, { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));
process.stdin.on('end', () => child.kill('SIGKILL')).resume();
// For the same reason only the parent's end ends this process: the program must not be left without its keeper.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
