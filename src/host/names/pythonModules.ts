import type { PathPart } from './modelNames';

/** What is assigned to `self` in a class. */
interface Attribute {
  /** Class of the file that is made, where one is. */
  made: string | undefined;
  /** Whether there are many of it, by index. */
  isList: boolean;
}

interface PythonClass {
  readonly name: string;
  readonly indent: number;
  /** Lines: `[from, to)`. */
  readonly from: number;
  to: number;
  readonly attributes: Map<string, Attribute>;
}

/** The classes of a Python file, and which of them make which. */
export interface PythonModules {
  /**
   * Paths at which the module may lie that `parts` of `self` name on a line: one for each way the file makes its class. Empty
   * where the class makes no such module.
   */
  pathsOf(parts: readonly string[], line: number): PathPart[][];
}

/** Longer files are generated ones, or data. */
const mostLines = 20_000;
/** Lines that an assignment may go on for. */
const mostContinued = 20;
const mostDepth = 8;
const mostPaths = 16;

/** Reads the classes of a file: by lines and indents, for it may be half written. */
export function pythonModules(text: string): PythonModules {
  const lines = text.split(/\r?\n/, mostLines);
  const classes = classesOf(lines);
  const names = new Set(classes.map(c => c.name));
  for (const each of classes) readAttributes(each, lines, names);
  return {
    pathsOf(parts, line) {
      const own = classes.findLast(c => c.from <= line && line < c.to);
      const attribute = own?.attributes.get(parts[0] ?? '');
      if (!own || !attribute) return [];
      return pathsTo(own.name, classes).map(path => [...path, ...parts]);
    },
  };
}

function classesOf(lines: readonly string[]): PythonClass[] {
  const all: PythonClass[] = [];
  let open: PythonClass[] = [];
  for (const [number, line] of lines.entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const indent = line.search(/\S/);
    for (const ended of open.filter(c => indent <= c.indent)) ended.to = number;
    open = open.filter(c => indent > c.indent);
    const name = /^\s*class\s+(\w+)/.exec(line)?.[1];
    if (name === undefined) continue;
    const found = { name, indent, from: number, to: lines.length, attributes: new Map() };
    all.push(found);
    open.push(found);
  }
  return all;
}

function readAttributes(
  { from, to, attributes }: PythonClass,
  lines: readonly string[],
  classes: ReadonlySet<string>,
): void {
  for (let number = from; number < to; number++) {
    const line = lines[number]!;
    const [, added, item] = /^\s*self\.(\w+)\.append\(\s*(?:\w+\.)*(\w+)\(/.exec(line) ?? [];
    if (added !== undefined) attributes.set(added, { made: item, isList: true });
    const [, name, first = ''] = /^\s*self\.(\w+)\s*(?::[^=]+)?=(?!=)\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const value = statement(first, lines.slice(number + 1, Math.min(to, number + mostContinued)));
    const calls = Array.from(value.matchAll(/(\w+)\s*\(/g), ([, called = '']) => called);
    if (calls.length === 0) continue;
    const isList = /^(?:\w+\.)*(?:ModuleList|ModuleDict|Sequential)\s*\(|^\[/.test(value);
    attributes.set(name, { made: calls.find(c => classes.has(c)), isList });
  }
}

/** A value up to where its brackets are closed. */
function statement(first: string, following: readonly string[]): string {
  let text = first;
  for (const line of following) {
    if (count(text, /[([{]/g) <= count(text, /[)\]}]/g)) break;
    text += ` ${line.trim()}`;
  }
  return text;
}

function count(text: string, signs: RegExp): number {
  return text.match(signs)?.length ?? 0;
}

/** Paths at which a class of the file is made; the empty one of a class that no other makes. */
function pathsTo(
  name: string,
  classes: readonly PythonClass[],
  within: readonly string[] = [],
): PathPart[][] {
  const paths: PathPart[][] = [];
  for (const owner of classes)
    for (const [attribute, { made, isList }] of owner.attributes) {
      if (made !== name || owner.name === name || within.includes(owner.name)) continue;
      const own = [attribute, ...(isList ? ['*'] : [])];
      const above =
        within.length < mostDepth ? pathsTo(owner.name, classes, [...within, name]) : [[]];
      paths.push(...above.map(path => [...path, ...own]));
    }
  return paths.length === 0 ? [[]] : paths.slice(0, mostPaths);
}
