import { formatBytes, formatCount, formatShape } from '../base/format';
import { cutName, type HoverLinks, linksLine } from './hover';
import type { HoverTexts } from './hoverTexts';
import { escapeMarkdown } from './markdown';

/** A tensor in a list, and the target of the link that opens it. */
export interface ListedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly openLink: string;
}

/** What a hover says of several tensors: those a name stands for, or those of a file. */
export interface HoverGroup {
  readonly title: string;
  readonly model: string;
  readonly count: number;
  /** The first few. */
  readonly tensors: readonly ListedTensor[];
  readonly links: HoverLinks;
}

/** What a hover says of a file. */
export interface HoverFile extends HoverGroup {
  readonly format: string;
  readonly byteLength: number;
  /** Set for a file that is a part of the model. */
  readonly isPart: boolean;
}

/** The card of a name that stands for several tensors: it says so, and lists some. */
export function groupMarkdown(group: HoverGroup, texts: HoverTexts): string {
  return lines(group, texts.standsFor(formatCount(group.count)), texts);
}

/** The card of a tensor file. */
export function fileMarkdown(file: HoverFile, texts: HoverTexts): string {
  const facts = [
    escapeMarkdown(file.format),
    texts.tensors(formatCount(file.count)),
    formatBytes(file.byteLength),
    ...(file.isPart ? [texts.partOf(escapeMarkdown(cutName(file.model)))] : []),
  ];
  return lines(file, facts.join(' · '), texts);
}

function lines(
  { title, model, count, tensors, links }: HoverGroup,
  facts: string,
  texts: HoverTexts,
): string {
  const items = tensors.map(
    ({ name, dtype, shape, openLink }) =>
      `- [${escapeMarkdown(cutName(name))}](${openLink}) ${escapeMarkdown(dtype)} ${escapeMarkdown(formatShape(shape))}`,
  );
  if (count > tensors.length)
    items.push(`- ${texts.moreTensors(formatCount(count - tensors.length))}`);
  return [
    `**${escapeMarkdown(cutName(title))}**`,
    facts,
    items.join('\n'),
    linksLine(model, links, texts),
  ].join('\n\n');
}
