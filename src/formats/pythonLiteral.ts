/** A Python literal: what a .npy header is written in. Integers are exact up to 2^53, larger ones are refused. */
export type PythonLiteral =
  | string
  | number
  | boolean
  | null
  | readonly PythonLiteral[]
  | ReadonlyMap<string, PythonLiteral>;

/** Makes the error for a flaw at character `position`; `reason` says what was expected and found. */
export type LiteralFail = (reason: string, position: number) => Error;

/** Structured dtypes nest; nobody's nest deeper. */
const maxDepth = 32;

/** Python 2 wrote long integers with an L. */
const integer = /-?[0-9]+(?![0-9.eEjJ_xX])[lL]?/y;
const word = /True|False|None/y;
const quoted = /'((?:[^'\\\n]|\\['\\])*)'|"((?:[^"\\\n]|\\["\\])*)"/y;
const words = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * Parses one literal: strings, integers, True, False, None, tuples, lists and dicts with string keys. Nothing is
 * evaluated; names, calls and operators are flaws.
 * @param fail its errors are thrown as they are
 */
export function parsePythonLiteral(text: string, fail: LiteralFail): PythonLiteral {
  const reader = new LiteralReader(text, fail);
  const value = reader.value();
  reader.end();
  return value;
}

class LiteralReader {
  readonly #text: string;
  readonly #fail: LiteralFail;
  #at = 0;
  #depth = 0;

  constructor(text: string, fail: LiteralFail) {
    this.#text = text;
    this.#fail = fail;
  }

  value(): PythonLiteral {
    if (this.#take('{')) return this.#dict();
    if (this.#take('(')) return this.#tuple();
    if (this.#take('[')) return this.#list();
    const start = this.#at;
    const string = this.#match(quoted);
    if (string) return (string[1] ?? string[2] ?? '').replace(/\\(.)/g, '$1');
    const digits = this.#match(integer);
    if (digits) return this.#safeInteger(digits[0], start);
    const named = this.#match(word);
    if (named) return words.get(named[0]) ?? null;
    throw this.#expected('a literal (string, integer, True, False, tuple, list or dict)');
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#expected('nothing more');
  }

  #dict(): ReadonlyMap<string, PythonLiteral> {
    const entries = new Map<string, PythonLiteral>();
    this.#items('}', () => {
      this.#skipSpace();
      const start = this.#at;
      const key = this.value();
      if (typeof key !== 'string') throw this.#fail('expected a string as key', start);
      if (entries.has(key)) throw this.#fail(`the key ${JSON.stringify(key)} comes twice`, start);
      if (!this.#take(':')) throw this.#expected('":"');
      entries.set(key, this.value());
    });
    return entries;
  }

  /** `(1,)` is a tuple, `(1)` is only a bracketed 1. */
  #tuple(): PythonLiteral {
    const items: PythonLiteral[] = [];
    const comma = this.#items(')', () => items.push(this.value()));
    return items.length === 1 && !comma ? items[0]! : items;
  }

  #list(): PythonLiteral {
    const items: PythonLiteral[] = [];
    this.#items(']', () => items.push(this.value()));
    return items;
  }

  /** Items up to `close`; the last may have a comma after it. Returns whether it has. */
  #items(close: string, item: () => void): boolean {
    if (++this.#depth > maxDepth)
      throw this.#fail(`nested deeper than ${maxDepth} levels`, this.#at);
    let comma = false;
    while (!this.#take(close)) {
      item();
      comma = this.#take(',');
      if (comma) continue;
      if (!this.#take(close)) throw this.#expected(`"," or "${close}"`);
      break;
    }
    this.#depth--;
    return comma;
  }

  #safeInteger(digits: string, start: number): number {
    const n = Number(digits.replace(/[lL]$/, ''));
    if (!Number.isSafeInteger(n))
      throw this.#fail(`the integer ${digits.slice(0, 40)} is too large`, start);
    return n;
  }

  #skipSpace(): void {
    while (' \t\n\r\f'.includes(this.#text[this.#at] ?? '-')) this.#at++;
  }

  #expected(what: string): Error {
    const rest = this.#text.slice(this.#at, this.#at + 12);
    const found = rest === '' ? 'the end' : JSON.stringify(rest);
    return this.#fail(`expected ${what}, found ${found}`, this.#at);
  }

  #take(c: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const result = pattern.exec(this.#text);
    this.#at += result?.[0].length ?? 0;
    return result;
  }
}
