import { writeSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { WeightError } from '../base/errors';
import { about, FileError } from '../base/fileError';
import { escapeControls } from '../base/format';
import { writeFormats } from '../write/plan';
import { compareCommand } from './commands/compare';
import { dumpCommand } from './commands/dump';
import { paramsCommand } from './commands/params';
import { quantizeCommand } from './commands/quantize';
import { schemesCommand } from './commands/schemes';
import { statsCommand } from './commands/stats';
import { tensorsCommand } from './commands/tensors';

/** The version of package.json, put in by the build. */
declare const __version__: string;

/** Exit codes that scripts depend on. */
const failed = 1;
const misused = 2;

const program = new Command('quantscope')
  .description("See what quantization does to a model's weights.")
  .version(__version__)
  .helpCommand(false)
  .configureHelp({ showGlobalOptions: true })
  // Commander would print a usage error itself, over several lines: `report` prints the one line.
  .configureOutput({ writeErr: () => {} })
  .exitOverride();

const fileHelp = 'a tensor file, an index.json, or a folder';
const rawHelp = 'the tensors as they are stored, not the weights that they make';

program
  .command('tensors')
  .description('list the tensors of a file, from its header')
  .argument('<file>', fileHelp)
  .option('--raw', rawHelp)
  .option('--json', 'print JSON')
  .action((file, options) => print(file, tensorsCommand(file, options)));

selectable(program.command('stats'))
  .description("statistics of each tensor's values")
  .option('--sigma <k>', 'outliers are |x| > k standard deviations', positive, 6)
  .option('--detail', 'also quantiles, histogram, largest values and casts (JSON)')
  .option('--channels', 'also the figures of each row (JSON)')
  .addOption(workersOption())
  .action((file, options) => print(file, statsCommand(file, options)));

const schemeHelp = 'a preset, or for example "int4 group=128 calib=mse"; see `quantscope schemes`';

selectable(program.command('quantize'))
  .description('what a scheme does to each floating-point tensor; writes nothing without --out')
  .requiredOption('--scheme <text>', schemeHelp)
  .option('--channels', 'also the figures of each row (JSON)')
  .option('--out <dir>', 'write the dequantized model to this folder, under the same name')
  .addOption(formatOption())
  .option('--codes', 'with --out: also write codes, scales and zero points')
  .option('--force', 'with --out: replace existing files')
  .addOption(workersOption().conflicts('out'))
  .action((file, options) => print(file, quantizeCommand(file, options)));

program
  .command('params')
  .description('the stored scales and zero points of one weight, or those that a scheme chooses')
  .argument('<file>', fileHelp)
  .requiredOption('--tensor <name>', 'its full name')
  .option('--scheme <text>', `${schemeHelp}; without it what is stored`)
  .option('--group <i>', 'whose search curve is printed in JSON, counted row by row', index, 0)
  .option('--json', 'print JSON')
  .action((file, options) => print(file, paramsCommand(file, options)));

program
  .command('compare')
  .description('how far the weights of one model are from those of another, paired by name')
  .argument('<a>', `the signal: ${fileHelp}`)
  .argument('<b>', 'the model that is compared with it')
  .option('--match <regex>', 'only weights whose name, in either, matches')
  .option('--raw', rawHelp)
  .option('--json', 'print JSON')
  .addOption(workersOption())
  .action((a, b, options) => print(a, compareCommand(a, b, options)));

program
  .command('schemes')
  .description('list the presets and grids')
  .option('--json', 'print JSON')
  .action(options => void process.stdout.write(schemesCommand(options)));

program
  .command('dump')
  .description('write one tensor as a float32 .npy file')
  .argument('<file>', fileHelp)
  .requiredOption('--tensor <name>', 'its full name')
  .requiredOption('--out <path>', 'the .npy file to write')
  .option('--raw', rawHelp)
  .action((file, options) => print(file, dumpCommand(file, options)));

function positive(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('Expected a positive number.');
}

function index(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 0.');
}

/** More threads than this no machine feeds; each takes some 10 MiB before it does anything. */
const mostWorkers = 64;

function workerCount(text: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= mostWorkers) return number;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${mostWorkers}.`);
}

function workersOption(): Option {
  const help =
    'worker threads (default: all cores, up to 8, for tensors of more than 256 MiB together, else 1)';
  return new Option('--workers <n>', help).argParser(workerCount);
}

function formatOption(): Option {
  const help = 'with --out: dequantized values, or codes and scales (default: fake)';
  return new Option('--format <name>', help).choices(writeFormats);
}

function selectable(command: Command): Command {
  return command
    .argument('<file>', fileHelp)
    .option('--tensor <name>', 'only this tensor')
    .addOption(new Option('--match <regex>', 'only tensors whose name matches').conflicts('tensor'))
    .option('--raw', rawHelp)
    .option('--json', 'print JSON');
}

async function print(file: string, output: Promise<string | Iterable<string>>): Promise<void> {
  const text = await about(file, () => output);
  // Called when it cannot be written, too: that is told where `error` is listened to.
  for (const piece of typeof text === 'string' ? [text] : text)
    await new Promise<void>(resolve => process.stdout.write(piece, () => resolve()));
}

/** One line on stderr; returns the exit code. */
function report(e: unknown): number {
  if (e instanceof CommanderError) {
    if (e.exitCode === 0) return 0; // --help and --version
    const isBadValue = e.code === 'commander.invalidArgument';
    complain(e.code === 'commander.help' ? 'error: a command is missing; see --help' : e.message);
    return isBadValue ? failed : misused;
  }
  const code = e instanceof Error && 'code' in e ? e.code : undefined;
  if (code === 'EPIPE') return 0; // `| head` has seen enough
  if (code === 'ENOSPC') {
    complain('the output cannot be written: the disk is full');
    return failed;
  }
  if (e instanceof FileError) {
    complain(`${e.file}: ${isForPeople(e.cause) ? e.message : `internal error: ${e.message}`}`);
    return failed;
  }
  complain(e instanceof Error ? e.message : String(e));
  return failed;
}

function isForPeople(e: unknown): boolean {
  return WeightError.is(e);
}

function complain(message: string): void {
  writeSync(
    2,
    `quantscope: ${escapeControls(message.replace(/^error: /, '').replaceAll('\n', ' '))}\n`,
  );
}

function end(e: unknown): void {
  const code = report(e);
  if (code !== 0) process.exitCode = code;
}

// Node's warnings are for the developer, not for the user of a command.
process.removeAllListeners('warning');
// Whoever wrote, a command or the argument parser: what cannot be written is told here.
process.stdout.on('error', end);
program.parseAsync().catch(end);
