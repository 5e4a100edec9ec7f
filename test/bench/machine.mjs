// @ts-check
// Where and with what a benchmark ran.
import { spawnSync } from 'node:child_process';
import os from 'node:os';

/** @typedef {ReturnType<typeof machineOf>} Machine */

/** Prints the version of the ggml library that is its argument. Old ones have no such function. */
const askGgml = `import ctypes, sys
ask = ctypes.CDLL(sys.argv[1]).ggml_version
ask.restype = ctypes.c_char_p
print(ask().decode())`;

/**
 * @param {{ python: string | undefined, library: string | undefined, llamaQuantize: string | undefined }} others
 * @param {string} root of the repository
 */
export function machineOf({ python, library, llamaQuantize }, root) {
  const numpy = python && output(python, ['-c', 'import numpy; print(numpy.__version__)']);
  const ggml = python && library && output(python, ['-c', askGgml, library]);
  const isChanged = output('git', ['-C', root, 'status', '--porcelain', 'src']) !== '';
  const commit = output('git', ['-C', root, 'rev-parse', '--short', 'HEAD']);
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown processor',
    cpus: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    numpy: numpy || undefined,
    ggml: ggml || (library || llamaQuantize ? 'of unknown version' : undefined),
    commit: isChanged ? `${commit} and changes` : commit,
  };
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 */
function output(program, args) {
  return (spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '').trim();
}
