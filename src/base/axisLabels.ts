import { middleEllipsis } from './format';

/** A text that may stand under mark `index`. */
export interface LabelCandidate {
  readonly index: number;
  readonly text: string;
  /** Marks it speaks for. */
  readonly size: number;
  /** The block's number, where it has one: `layers.4` has 4. */
  readonly number: number | null;
}

/** A label and where it begins, in pixels. */
export interface PlacedLabel {
  readonly index: number;
  readonly text: string;
  readonly x: number;
}

const maxLength = 18;
/** Among more blocks than this the largest are no landmarks; then it goes from left to right. */
const manyBlocks = 60;
const strides = [1, 2, 4, 5, 8, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000];

/**
 * What could be written under an axis of tensor names: the first tensor of every block (`layers.4`) where
 * names have blocks that stay together, else every name, both without what all names begin with.
 */
export function labelCandidates(names: readonly string[]): LabelCandidate[] {
  const rest = withoutCommon(names);
  const blocks = changes(rest.map(blockOf));
  const torn = blocks.length > 2 * new Set(blocks.map(block => block.text)).size;
  const chosen = blocks.length >= 2 && !torn ? blocks : changes(rest.map(parts => parts.join('.')));
  return chosen.map(candidate => ({
    ...candidate,
    text: middleEllipsis(candidate.text, maxLength),
  }));
}

/** What all names begin with, up to a dot; never a whole name. */
export function commonPrefix(names: readonly string[]): string {
  const parts = names.map(name => name.split('.'));
  return (parts[0] ?? [])
    .slice(0, commonParts(parts))
    .map(part => `${part}.`)
    .join('');
}

/** Names without what all of them begin with; the last part stays, and what a number belongs to. */
function withoutCommon(names: readonly string[]): string[][] {
  const parts = names.map(name => name.split('.'));
  const shared = commonParts(parts);
  const numbered = parts.some(p => /^\d+$/.test(p[shared] ?? ''));
  const common = numbered ? Math.max(0, shared - 1) : shared;
  return parts.map(p => p.slice(Math.min(common, p.length - 1)));
}

function commonParts(parts: readonly (readonly string[])[]): number {
  const first = parts[0] ?? [];
  let common = Math.max(0, first.length - 1);
  for (const name of parts) {
    let i = 0;
    while (i < common && i < name.length - 1 && name[i] === first[i]) i++;
    common = i;
  }
  return common;
}

/** The block a tensor is in: up to its first number (`layers.4`), else the module that owns it. */
function blockOf(parts: readonly string[]): string {
  const number = parts.findIndex(part => /^\d+$/.test(part));
  if (number < 0) return parts.at(-2) ?? parts[0] ?? '';
  return parts.slice(Math.max(0, number - 1), number + 1).join('.');
}

function changes(texts: readonly string[]): LabelCandidate[] {
  const starts = texts.flatMap((text, i) => (text === texts[i - 1] ? [] : [i]));
  return starts.map((index, i) => {
    const text = texts[index]!;
    const number = /(?:^|\.)(\d+)$/.exec(text)?.[1];
    const size = (starts[i + 1] ?? texts.length) - index;
    return { index, text, size, number: number === undefined ? null : Number(number) };
  });
}

/** How labels are placed: all in pixels. */
export interface Placement {
  /** Where the label of a mark begins. */
  x(index: number): number;
  width(text: string): number;
  /** No label passes this. */
  readonly right: number;
  readonly gap: number;
}

/**
 * The candidates that fit beside each other; the others are left out, never overlapped. Numbered blocks come at
 * even steps (0, 10, 20), then what speaks for most marks.
 */
export function placeLabels(
  candidates: readonly LabelCandidate[],
  placement: Placement,
): PlacedLabel[] {
  const even = evenSteps(candidates, placement);
  const others = candidates.filter(c => even.length === 0 || c.number === null);
  if (candidates.length <= manyBlocks) others.sort((a, b) => b.size - a.size);
  const placed: PlacedLabel[] = [];
  for (const candidate of [...even, ...others]) tryPlace(placed, candidate, placement);
  return placed.sort((a, b) => a.index - b.index);
}

/** The densest even choice of numbered blocks that fits whole; none when there are few. */
function evenSteps(candidates: readonly LabelCandidate[], placement: Placement): LabelCandidate[] {
  const numbered = candidates.filter(c => c.number !== null);
  if (numbered.length < 8) return [];
  for (const stride of strides) {
    const chosen = numbered.filter(
      ({ number, index, text }) =>
        number! % stride === 0 && placement.x(index) + placement.width(text) <= placement.right,
    );
    const placed: PlacedLabel[] = [];
    if (chosen.length >= 2 && chosen.every(c => tryPlace(placed, c, placement))) return chosen;
  }
  return [];
}

function tryPlace(
  placed: PlacedLabel[],
  { index, text }: LabelCandidate,
  { x, width, right, gap }: Placement,
): boolean {
  const from = x(index);
  const to = from + width(text);
  if (to > right) return false;
  if (placed.some(p => from < p.x + width(p.text) + gap && p.x < to + gap)) return false;
  placed.push({ index, text, x: from });
  return true;
}
