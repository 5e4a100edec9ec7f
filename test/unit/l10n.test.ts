import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';
import { describe, expect, it } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { notWrittenOut, tooEarly, translations, untranslated } from './sourceTexts';

/** Literals that look like texts and are not: a class, a scheme, keys of requests. */
const noTexts = new Set(['sqnr sqnr{}', '{} calib=range:{},{}{}', 'typed {}', 'tensor {}']);

interface Source {
  readonly file: string;
  readonly contents: string;
}

function sources(folder: string): Source[] {
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter(name => name.endsWith('.ts'))
    .sort()
    .map(name => path.join(folder, name))
    .map(file => ({ file, contents: readFileSync(path.join(root, file), 'utf8') }));
}

const page = sources('webview');
const all = [...sources('src'), ...page];
const translated = all.filter(({ contents }) => contents.includes('l10n'));

describe('the bundle of texts', () => {
  it('is what the tool collects from the sources; if not, run `npm run l10n`', async () => {
    const file = path.join(root, 'l10n/bundle.l10n.json');
    // The tool takes half a minute for the whole files, of which only these lines matter to it.
    const imports = `import * as vscode from 'vscode';\nimport * as l10n from '@vscode/l10n';`;
    const calls = translated.flatMap(({ contents }) => translations(contents));
    const contents = [imports, ...calls].join(';\n');
    const bundle = await getL10nJson([{ extension: '.ts', contents }]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(bundle);
  }, 60_000);

  it('has every text, as each is written out in its call', () => {
    expect(complaints(translated, notWrittenOut)).toEqual([]);
  });
});

describe('the page', () => {
  it('makes no text before it knows the language', () => {
    expect(complaints(page, tooEarly)).toEqual([]);
  });

  it('has no text that is not translated', () => {
    const found = complaints(page, source =>
      untranslated(source).filter(({ text }) => !noTexts.has(text)),
    );
    expect(found).toEqual([]);
  });
});

function complaints(of: readonly Source[], find: typeof untranslated): string[] {
  return of.flatMap(({ file, contents }) =>
    find(contents).map(({ line, text }) => `${file}:${line} ${text}`),
  );
}

describe('the search for texts', () => {
  const texts = (source: string) => untranslated(source).map(({ text }) => text);

  it('finds what people read, where it is shown', () => {
    expect(texts(`h('p', { class: 'big note', title: 'why' }, 'code', icon('arrow-up'))`)).toEqual([
      'why',
      'code',
    ]);
    expect(texts('setText(box, `left`)')).toEqual(['left']);
    expect(texts(`button({ label: on ? 'on' : 'off', onClick })`)).toEqual(['on', 'off']);
    expect(texts(`setAttribute(box, 'aria-label', 'chart')`)).toEqual(['chart']);
    expect(texts(`const hints = { io: 'It is gone.' }; const f = () => 'Done'`)).toEqual([
      'It is gone.',
      'Done',
    ]);
  });

  it('leaves alone what is translated or for the machine', () => {
    expect(texts(`h('p', {}, l10n.t('Not {0}', x)); box.closest('.row .cell')`)).toEqual([]);
    expect(texts(`if (key === 'Enter') go(); switch (k) { case 'Home': at(0) }`)).toEqual([]);
    expect(texts(`type Key = 'Up' | 'Down'; const k = 'Up' as Key satisfies 'Up'`)).toEqual(['Up']);
  });

  it('finds texts that are made too early', () => {
    const source = `const a = { b: l10n.t('a') }; const f = () => l10n.t('b');`;
    expect(tooEarly(source)).toHaveLength(1);
  });

  it('finds calls whose text the tool cannot read', () => {
    expect(notWrittenOut("l10n.t(name); vscode.l10n.t(`plain`); l10n.t('good')")).toHaveLength(2);
  });
});
