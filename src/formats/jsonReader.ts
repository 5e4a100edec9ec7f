/** Makes the error for a flaw at character `position` of the text; `reason` says what was expected and found. */
export type JsonFail = (reason: string, position: number) => Error;

/** Deeper nesting than any writer's: refused before it could exhaust the stack. */
const maxDepth = 64;

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literal = /true|false|null/y;
const loneSurrogate = /\p{Surrogate}/u;

/** What is expected at a place, for a message; a function is called only when something else is found. */
export type What = string | (() => string);

/** Objects with more keys look them up in a set. */
const fewKeys = 8;
/** Every number of so many digits is exact. */
const safeDigits = 15;

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
  object(what: What, visit: (key: string) => void): void {
    if (!this.#open('{')) throw this.#expected(what);
    if (!this.#take('}')) {
      const seen = new Keys();
      do visit(this.#key(what, seen));
      while (this.#take(','));
      if (!this.#take('}')) throw this.#expected('"," or "}"');
    }
    this.#depth--;
  }

  /** `visit` must read each item. */
  array(what: What, visit: (index: number) => void): void {
    if (!this.#open('[')) throw this.#expected(what);
    if (!this.#take(']')) {
      let index = 0;
      do visit(index++);
      while (this.#take(','));
      if (!this.#take(']')) throw this.#expected('"," or "]"');
    }
    this.#depth--;
  }

  string(what: What): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text.charCodeAt(start) !== quoteCode) throw this.#expected(what);
    const plain = plainEnd(this.#text, start + 1);
    if (plain < 0) return this.#escapedString(what);
    this.#at = plain + 1;
    return this.#text.slice(start + 1, plain);
  }

  /** An integer in [0, 2^53), written without sign, fraction or exponent. */
  unsigned(what: What): number {
    this.#skipSpace();
    const end = digitsEnd(this.#text, this.#at);
    if (end < 0) return this.#longUnsigned(what);
    let value = 0;
    for (; this.#at < end; this.#at++) value = 10 * value + this.#text.charCodeAt(this.#at) - 0x30;
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

  /** Any string; one without escapes comes here only to be refused. */
  #escapedString(what: What): string {
    const start = this.#at;
    const end = closingQuote(this.#text, start);
    if (end < 0) throw this.#fail(`${textOf(what)} has no closing quote`, start);
    const value = parseString(this.#text.slice(start, end + 1));
    if (value === undefined) throw this.#fail(`${textOf(what)} is not a valid JSON string`, start);
    this.#at = end + 1;
    return value;
  }

  /** Any number, of which only an unsigned integer is accepted. */
  #longUnsigned(what: What): number {
    const start = this.#at;
    const written = this.#match(number);
    if (written === undefined) throw this.#expected(what);
    const value = /^[0-9]+$/.test(written) ? Number(written) : Number.NaN;
    if (!Number.isSafeInteger(value))
      throw this.#fail(`expected ${textOf(what)}, found ${shorten(written)}`, start);
    return value;
  }

  /** Reads an opening bracket when it is next. */
  #open(bracket: string): boolean {
    if (!this.#take(bracket)) return false;
    if (++this.#depth > maxDepth)
      throw this.#fail(`nested deeper than ${maxDepth} levels`, this.#at - 1);
    return true;
  }

  /** Reads a key and its colon. */
  #key(what: What, seen: Keys): string {
    this.#skipSpace();
    const start = this.#at;
    const key = this.string('a key in quotes');
    if (!seen.add(key))
      throw this.#fail(`${textOf(what)} has the key ${shorten(JSON.stringify(key))} twice`, start);
    if (!this.#take(':')) throw this.#expected('":"');
    return key;
  }

  #expected(what: What): Error {
    return this.#fail(`expected ${textOf(what)}, found ${found(this.#text, this.#at)}`, this.#at);
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

/** The keys of one object. Most have few: comparing those costs less than a set. */
class Keys {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  /** False when the key was there. */
  add(key: string): boolean {
    if (this.#many) return this.#many.size !== this.#many.add(key).size;
    if (this.#few.includes(key)) return false;
    if (this.#few.push(key) > fewKeys) this.#many = new Set(this.#few);
    return true;
  }
}

const quoteCode = 0x22;
const backslashCode = 0x5c;

/** Index of the next quote, or -1 when something comes before it that is not there literally, or when there is none. */
function plainEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === quoteCode) return i;
    if (c === backslashCode || c < 0x20) return -1;
  }
  return -1;
}

/** Where an integer ends that starts at `from`; -1 when it is long, has a leading zero, or is no integer. */
function digitsEnd(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end++;
  const length = end - from;
  if (length === 0 || length > safeDigits) return -1;
  if (length > 1 && text[from] === '0') return -1;
  const next = text[end];
  return next === '.' || next === 'e' || next === 'E' ? -1 : end;
}

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

const textOf = (what: What): string => (typeof what === 'string' ? what : what());

/** Index of the quote that ends the string starting at `start`, or -1. */
function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && backslashesBefore(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end;
}

function backslashesBefore(text: string, end: number): number {
  let i = end;
  while (text.charCodeAt(i - 1) === backslashCode) i--;
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
