// @ts-check
// Stands between whoever starts the served VS Code and its processes. When the starter goes away,
// however it ends, our standard input closes: then all of them end and their folder is removed.
// Arguments: the folder to remove, then the program to run and its arguments.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const [folder, command, ...args] = process.argv.slice(2);
if (!folder || !command) throw new Error('usage: guard.mjs FOLDER PROGRAM [ARGUMENT ...]');

// A process group of its own, so that one signal reaches the program and all its children.
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

/** @param {NodeJS.Signals} signal */
function signalGroup(signal) {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}

/** A polite signal first, a hard one when that takes longer than two seconds. */
function end() {
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), 2000).unref();
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
process.stdin.on('close', end).resume();
child.once('error', error => console.error(String(error)));
child.once('close', code => {
  signalGroup('SIGKILL'); // children that outlived the program
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(code ?? 1);
});
