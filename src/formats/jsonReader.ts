/** Makes the error for a flaw at character `position` of the text; `reason` says what was expected and found. */
export type JsonFail = (reason: string, position: number) => Error;

/** Deeper nesting than any writer's: refused before it could exhaust the stack. */
const maxDepth = 64;

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literal = /true|false|null/y;
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Reads one JSON text from front to back, strictly as RFC 8259 has it. `JSON.parse` will not do for headers: it keeps
 * the last of two equal keys without a word, sorts keys that look like numbers to the front, and turns 1e2 into 100.
 * Every method reads one value at the current place and leaves the reader behind it.
 */
export class JsonReader {
  readonly #text: string;
  readonly #fail: JsonFail;
  #at = 0;
  #depth = 0;

  /** @param fail its errors are thrown as they are */
  constructor(text: string, fail: JsonFail) {
    this.#text = text;
    this.#fail = fail;
  }

  /** `visit` must read the value of each key. A key that comes twice is refused. */
  object(what: string, visit: (key: string) => void): void {
    const seen = new Set<string>();
    const isObject = this.#list('{', '}', () => {
      this.#skipSpace();
      const start = this.#at;
      const key = this.string('a key in quotes');
      if (seen.has(key))
        throw this.#fail(`${what} has the key ${shorten(JSON.stringify(key))} twice`, start);
      seen.add(key);
      if (!this.#take(':')) throw this.#expected('":"');
      visit(key);
    });
    if (!isObject) throw this.#expected(what);
  }

  /** `visit` must read each item. */
  array(what: string, visit: (index: number) => void): void {
    let index = 0;
    if (!this.#list('[', ']', () => visit(index++))) throw this.#expected(what);
  }

  string(what: string): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#expected(what);
    const end = closingQuote(this.#text, start);
    if (end < 0) throw this.#fail(`${what} has no closing quote`, start);
    const value = parseString(this.#text.slice(start, end + 1));
    if (value === undefined) throw this.#fail(`${what} is not a valid JSON string`, start);
    this.#at = end + 1;
    return value;
  }

  /** An integer in [0, 2^53), written without sign, fraction or exponent. */
  unsigned(what: string): number {
    this.#skipSpace();
    const start = this.#at;
    const written = this.#match(number);
    if (written === undefined) throw this.#expected(what);
    const value = /^[0-9]+$/.test(written) ? Number(written) : Number.NaN;
    if (!Number.isSafeInteger(value))
      throw this.#fail(`expected ${what}, found ${shorten(written)}`, start);
    return value;
  }

  /** True, and the value is read, when it is `null`. */
  isNull(): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith('null', this.#at)) return false;
    this.#at += 4;
    return true;
  }

  /** Reads any value and returns its text, as written. */
  skip(): string {
    this.#skipSpace();
    const start = this.#at;
    this.#skipValue();
    return this.#text.slice(start, this.#at);
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#expected('nothing more');
  }

  #skipValue(): void {
    this.#skipSpace();
    const skip = () => this.#skipValue();
    const c = this.#text[this.#at];
    if (c === '"') this.string('a string');
    else if (c === '{') this.object('an object', skip);
    else if (c === '[') this.array('an array', skip);
    else if ((this.#match(number) ?? this.#match(literal)) === undefined)
      throw this.#expected('a value');
  }

  /** The items between two brackets, with commas between them; false when there is no opening one. */
  #list(open: string, close: string, item: () => void): boolean {
    if (!this.#take(open)) return false;
    if (++this.#depth > maxDepth)
      throw this.#fail(`nested deeper than ${maxDepth} levels`, this.#at - 1);
    if (!this.#take(close)) {
      do item();
      while (this.#take(','));
      if (!this.#take(close)) throw this.#expected(`"," or "${close}"`);
    }
    this.#depth--;
    return true;
  }

  #expected(what: string): Error {
    return this.#fail(`expected ${what}, found ${found(this.#text, this.#at)}`, this.#at);
  }

  #skipSpace(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.#at++;
    }
  }

  /** Reads `c` when it is next. */
  #take(c: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const matched = pattern.exec(this.#text)?.[0];
    this.#at += matched?.length ?? 0;
    return matched;
  }
}

/** Index of the quote that ends the string starting at `start`, or -1. */
function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && backslashesBefore(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end;
}

function backslashesBefore(text: string, end: number): number {
  let i = end;
  while (text.charCodeAt(i - 1) === 0x5c) i--;
  return end - i;
}

/** The string that `raw` (with its quotes) stands for; undefined when it is not one, or not Unicode. */
function parseString(raw: string): string | undefined {
  try {
    const value: string = JSON.parse(raw);
    return raw.includes('\\') && loneSurrogate.test(value) ? undefined : value;
  } catch {
    return undefined; // a control character or an unknown escape: the caller says where
  }
}

/** What is at a place, for a message. */
function found(text: string, at: number): string {
  return at >= text.length ? 'the end' : JSON.stringify(text.slice(at, at + 12));
}

const shorten = (s: string): string => (s.length > 60 ? `${s.slice(0, 60)}…` : s);
