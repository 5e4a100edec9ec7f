import { literalAt, type Span } from './candidates';

/** Which file a variable's tensors come from. */
export interface LoadedFiles {
  /** The path as the code gives it, of the last assignment up to a line; undefined for other variables. */
  fileOf(variable: string, line: number): string | undefined;
}

/** Longer files are generated ones, or data. */
const mostLines = 20_000;
/** Longer lines are data. */
const mostColumns = 2000;

const path = /\.(?:safetensors|gguf|npy|npz|safetensors\.index\.json)$/i;
/** What reads tensors of a file, in the languages that are looked at. */
const loader =
  /\b(?:safe_open|load_file|load|memmap|open_memmap|from_file|from_pretrained_file|GGUFReader|deserialize|mmap)$/;
/** `x = call(call("path"` or `x = call(variable`. */
const assigned =
  /(?:^|[\s(,])(\w+)\s*(?::\s*[\w.]+\s*)?=\s*((?:(?:await\s+)?[\w.:]+\(\s*&?)*)(?:[rbu]?(["'])([^"']+)\3|([A-Za-z_]\w*))/g;
/** `with call("path", ...) as x`. */
const opened = /([\w.]+\(\s*)(?:[rbu]?(["'])([^"']+)\2|(\w+))[^#]*?\)\s*as\s+(\w+)/g;

/** Finds the variables of a source file that hold a tensor file's path, or what was loaded from it. */
export function loadedFiles(text: string): LoadedFiles {
  const found = new Map<string, { readonly line: number; readonly path: string }[]>();
  const fileOf = (variable: string, line: number) =>
    found.get(variable)?.findLast(f => f.line <= line)?.path;
  const note = (line: number, variable: string, file: string | undefined) => {
    if (file === undefined || !path.test(file)) return;
    const known = found.get(variable);
    if (known) known.push({ line, path: file });
    else found.set(variable, [{ line, path: file }]);
  };
  for (const [line, code] of text.split(/\r?\n/, mostLines).entries()) {
    if (code.length > mostColumns) continue;
    for (const [, variable, calls, , literal, other] of code.matchAll(assigned))
      note(line, variable!, literal ?? (isLoad(calls) ? fileOf(other!, line) : undefined));
    for (const [, call, , literal, other, variable] of code.matchAll(opened))
      if (isLoad(call)) note(line, variable!, literal ?? fileOf(other!, line));
  }
  return { fileOf };
}

/** Whether the innermost of some opened calls reads tensors. */
function isLoad(calls: string | undefined): boolean {
  return loader.test((calls ?? '').replace(/\(\s*&?$/, ''));
}

/** The variable that a string literal at a position is a key of: `state["name"]`, `f.get_tensor("name")`. */
export function receiverAt(line: string, column: number): string | undefined {
  const literal: Span | undefined = literalAt(line, column);
  const before = line.slice(Math.max(0, (literal?.start ?? 0) - 200), literal?.start ?? 0);
  return /(\w+)\s*(?:\[\s*|(?:\.|->)\w+\(\s*)[rbuf]?["']+$/.exec(before)?.[1];
}

/** The identifier at a position that stands alone: not a part of a dotted name. */
export function identifierAt(line: string, column: number): Span | undefined {
  for (const { 0: text, index: start } of line.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)) {
    const end = start + text.length;
    if (start <= column && column <= end) return { text, start, end };
  }
  return undefined;
}
