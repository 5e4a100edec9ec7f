import { literalsOf, type Span } from './candidates';

const extension = /\.(?:safetensors|gguf|npy|npz|safetensors\.index\.json)$/i;
/** Outside of quotes a path ends at a space and at signs that stand around paths in prose and code. */
const bare = /[^\s"'`()<>[\]{},;=|]+\.(?:safetensors\.index\.json|safetensors|gguf|npy|npz)\b/gi;

/** The paths to tensor files on a line: whole string literals, and words outside of them. */
export function tensorPaths(line: string): Span[] {
  const literals = literalsOf(line);
  const quoted = literals.filter(({ text }) => extension.test(text));
  const words = Array.from(line.matchAll(bare), ({ 0: text, index: start }) => ({
    text,
    start,
    end: start + text.length,
  }));
  return [...quoted, ...words.filter(w => !quoted.some(q => q.start <= w.start && w.end <= q.end))];
}

/** The path at a position. */
export function pathAt(line: string, column: number): Span | undefined {
  return tensorPaths(line).find(({ start, end }) => start - 1 <= column && column <= end + 1);
}

/** Whether a path starts at a root, of this system or another. */
export function isAbsolute(path: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path);
}
