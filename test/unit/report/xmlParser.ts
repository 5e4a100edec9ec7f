import { createRequire } from 'node:module';

interface Sax {
  onerror: (e: Error) => void;
  onopentag: (tag: { name: string; attributes: Record<string, string> }) => void;
  ontext: (text: string) => void;
  write(text: string): Sax;
  close(): void;
}

/** What a strict XML parser finds. */
export interface Parsed {
  readonly tags: readonly { readonly name: string; readonly attributes: Record<string, string> }[];
  readonly text: string;
}

/** Reads XML with a parser that knows nothing of our builders. @throws what it finds wrong */
export function parseXml(xml: string): Parsed {
  const sax = createRequire(import.meta.url)('sax') as { parser(strict: boolean): Sax };
  const parser = sax.parser(true);
  const tags: Parsed['tags'][number][] = [];
  const texts: string[] = [];
  parser.onerror = e => {
    throw e;
  };
  parser.onopentag = ({ name, attributes }) => void tags.push({ name, attributes });
  parser.ontext = text => void texts.push(text);
  parser.write(xml).close();
  return { tags, text: texts.join('\n') };
}
