// What a reader of the page's source sees: which string literals are texts for people, and whether they can be translated. It
// goes by where a literal stands and what it looks like, so single words outside of known places escape it.
import { parseAst } from 'vitest/node';

/** A node of the syntax tree, as far as it matters here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A literal that ought to be in a call of `l10n.t`, or a call that the collecting tool cannot read. */
export interface Complaint {
  readonly line: number;
  readonly text: string;
}

/** Attributes, options and properties that people see or hear. */
const shownKeys = new Set(
  ['title', 'label', 'aria-label', 'aria-description', 'aria-valuetext', 'aria-roledescription']
    .concat(['placeholder', 'alt', 'text', 'textContent', 'help', 'unit', 'noun', 'caption'])
    .concat(['hint', 'message', 'name', 'description', 'ariaLabel']),
);

/** Properties whose values are for the browser. */
const technicalKeys = new Set(['class', 'className', 'font', 'style', 'type', 'role', 'id', 'd']);

/** Callees whose texts are for the browser or the parser, not for people. */
const technicalCalls = new Set(
  ['querySelector', 'querySelectorAll', 'closest', 'matches', 'addEventListener']
    .concat(['setProperty', 'removeProperty', 'getPropertyValue', 'picklist', 'literal'])
    .concat(['icon', 'add', 'toggle', 'join', 'split', 'replace', 'WeightError']),
);

/** Names of the field, of programming languages and of units that are the same in all languages. */
const international = new Set(['NaN', 'Infinity', 'true', 'false', 'True', 'False']);
const units = /\bdB\b/g;
const css = /^color-mix\(/;

const isNode = (x: unknown): x is Node =>
  typeof x === 'object' && x !== null && typeof (x as Node).type === 'string';

function textOf(node: Node): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type !== 'TemplateLiteral') return null;
  const quasis = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.map(quasi => quasi.value.cooked).join('{}');
}

function nameOf(node: Node): string {
  if (node.type === 'Identifier') return node.name as string;
  if (node.type === 'Literal') return String(node.value);
  if (node.type !== 'MemberExpression') return '';
  return `${nameOf(node.object as Node)}.${nameOf(node.property as Node)}`;
}

/** Where a literal stands. `shown`: whatever is a word there is for people. */
type Place = 'shown' | 'technical' | 'unknown';

/** Two words, or one that begins like a sentence: names of options, classes and events look otherwise. */
function isText(literal: string, place: Place): boolean {
  if (place === 'technical' || international.has(literal) || css.test(literal)) return false;
  const text = literal.replaceAll(units, '');
  if (place === 'shown') return /\p{L}{2}/u.test(text);
  return /\p{L}{2,}[,:;.]? (\{\} )*\p{L}{2,}|(^|[ {}])\p{Lu}\p{Ll}+|\p{L}{2,}s? \{\}|\{\} \p{L}{2,}/u.test(
    text,
  );
}

/** Literals in this source that people read but no translator is given. */
export function untranslated(source: string): Complaint[] {
  const found: Complaint[] = [];
  visit(parse(source), 'unknown', (node, place) => {
    const text = textOf(node);
    if (text !== null && isText(text, place)) found.push({ line: lineOf(source, node), text });
  });
  return found;
}

/** The calls of `l10n.t`, as they stand in the source. */
export function translations(source: string): string[] {
  const found: string[] = [];
  walk(parse(source), node => {
    if (isTranslation(node)) found.push(source.slice(node.start, node.end));
  });
  return found;
}

/** Calls of `l10n.t` that run while the module is loaded, when the user's language is not known yet. */
export function tooEarly(source: string): Complaint[] {
  const found: Complaint[] = [];
  walk(
    parse(source),
    node => {
      if (isTranslation(node))
        found.push({ line: lineOf(source, node), text: startOf(source, node) });
    },
    node => !/Function|MethodDefinition/.test(node.type),
  );
  return found;
}

/** Calls of `l10n.t` whose first argument is not written out, so that the tool does not find the text. */
export function notWrittenOut(source: string): Complaint[] {
  const found: Complaint[] = [];
  walk(parse(source), node => {
    if (!isTranslation(node)) return;
    const [first] = node.arguments as readonly Node[];
    const isPlain = first?.type === 'Literal' && typeof first.value === 'string';
    if (!isPlain) found.push({ line: lineOf(source, node), text: startOf(source, node) });
  });
  return found;
}

function parse(source: string): Node {
  return parseAst(source, { lang: 'ts' }) as unknown as Node;
}

function lineOf(source: string, node: Node): number {
  return source.slice(0, node.start).split('\n').length;
}

function isTranslation(node: Node): boolean {
  return node.type === 'CallExpression' && /(^|\.)l10n\.t$/.test(nameOf(node.callee as Node));
}

function startOf(source: string, node: Node): string {
  return source.slice(node.start, Math.min(node.end, node.start + 60));
}

/** Calls `each` for a node and all in it; `goesInto` says what is looked into. */
function walk(
  node: Node,
  each: (node: Node) => void,
  goesInto: (node: Node) => boolean = () => true,
): void {
  each(node);
  if (!goesInto(node)) return;
  for (const child of childrenOf(node)) walk(child, each, goesInto);
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap(value =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function visit(node: Node, place: Place, each: (node: Node, place: Place) => void): void {
  each(node, place);
  for (const [child, childPlace] of placesIn(node, place)) visit(child, childPlace, each);
}

/** What is in a node, each with what stands there; what is for no one to read is left out. */
function placesIn(node: Node, place: Place): [Node, Place][] {
  const all = (nodes: readonly Node[], where: Place) => nodes.map((n): [Node, Place] => [n, where]);
  if (node.type.startsWith('TS') && !isNode(node.expression)) return [];
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return [];
    case 'CallExpression':
    case 'NewExpression':
      return argumentPlaces(node);
    case 'Property':
      return [[node.value as Node, placeOfKey(nameOf(node.key as Node), node.value as Node)]];
    case 'AssignmentExpression':
      return [
        [
          node.right as Node,
          placeOfKey(nameOf(node.left as Node).replace(/.*\./, ''), node.right as Node),
        ],
      ];
    case 'BinaryExpression':
      return all(childrenOf(node), node.operator === '+' ? place : 'technical');
    case 'MemberExpression':
      return [[node.object as Node, 'unknown']];
    case 'SwitchCase':
      return all(node.consequent as readonly Node[], 'unknown');
    case 'ConditionalExpression':
      return [
        [node.test as Node, 'technical'],
        ...all([node.consequent as Node, node.alternate as Node], place),
      ];
    case 'LogicalExpression':
    case 'ArrayExpression':
    case 'SpreadElement':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return all(childrenOf(node), place);
    default:
      return all(childrenOf(node), 'unknown');
  }
}

function placeOfKey(key: string, value: Node): Place {
  if (technicalKeys.has(key)) return 'technical';
  return shownKeys.has(key) && !value.type.includes('Function') ? 'shown' : 'unknown';
}

/** Children of `h` and texts given to `setText` are shown; so are an attribute's value by its name. */
function argumentPlaces(node: Node): [Node, Place][] {
  const args = node.arguments as readonly Node[];
  if (isTranslation(node)) return args.slice(1).map((arg): [Node, Place] => [arg, 'shown']);
  const callee = nameOf(node.callee as Node);
  const name = callee.replace(/.*\./, '');
  const rest = (from: number, place: Place) =>
    args.slice(from).map((arg): [Node, Place] => [arg, place]);
  if (technicalCalls.has(name)) return rest(0, 'technical');
  if (name === 'setAttribute') {
    const at = args.findIndex(arg => arg.type === 'Literal');
    return rest(at + 1, at < 0 ? 'unknown' : placeOfKey(nameOf(args[at]!), args[at + 1] ?? node));
  }
  const inner: [Node, Place][] = [[node.callee as Node, 'unknown']];
  if (callee === 'h') return [...inner, ...rest(1, 'unknown').slice(0, 1), ...rest(2, 'shown')];
  if (callee === 'setText' || /\.(append|replaceChildren|fillText)$/.test(callee))
    return [...inner, ...rest(0, 'shown')];
  return [...inner, ...rest(0, 'unknown')];
}
