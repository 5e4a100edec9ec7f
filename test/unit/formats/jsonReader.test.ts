import { describe, expect, test } from 'vitest';
import { JsonReader } from '../../../src/formats/jsonReader';

const open = (text: string) => new JsonReader(text, (reason, at) => new Error(`${reason} @${at}`));

/** Accepts or refuses a whole text. */
function accepts(text: string): boolean {
  try {
    const json = open(text);
    json.skip();
    json.end();
    return true;
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const texts = [
  '{}',
  '[]',
  ' {"a" : [1 , 2]}\r\n\t',
  '"x"',
  '0',
  '-0',
  '1.5e+3',
  '-1E-2',
  'true',
  'false',
  'null',
  '{"a":{"b":[[]]}}',
  '"\\u00e9\\n\\"\\\\"',
  '"\\\\\\""',
  '["a","b"]',
  '',
  ' ',
  '{',
  '}',
  '[1,]',
  '[,1]',
  '{"a":1,}',
  '{"a"}',
  '{a:1}',
  "{'a':1}",
  '01',
  '+1',
  '.5',
  '1.',
  '1e',
  '--1',
  '0x1',
  'NaN',
  'Infinity',
  'tru',
  'nulll',
  '"',
  '"\\x"',
  '"\\u12"',
  '"\n"',
  '"\u0000"',
  '[1 2]',
  '{"a":1 "b":2}',
  '[1]]',
  '{}{}',
  '\ufeff{}',
  '\u00a0{}',
  '\v{}',
  '// c\n{}',
  '[1]/**/',
  '\0',
  '{}\0',
  '"a""b"',
  '{"a":"\\"}',
  '{"":0}',
];

test.each(texts)('%j is judged as JSON.parse judges it', text => {
  expect(accepts(text)).toBe(isJson(text));
});

test('every prefix of a text, and every one-character change, is judged as JSON.parse judges it', () => {
  const text = '{"a":[1,-2.5e3,"x\\u00e9"],"b":{"c":null,"d":true}}';
  for (let i = 0; i < text.length; i++) {
    expect(accepts(text.slice(0, i))).toBe(isJson(text.slice(0, i)));
    for (const c of '{}[],:"\\0-.e x') {
      const changed = text.slice(0, i) + c + text.slice(i + 1);
      const twice = /"a".*"a"|"b".*"b"|"c".*"c"|"d".*"d"/.test(changed);
      if (!twice) expect([changed, accepts(changed)]).toEqual([changed, isJson(changed)]);
    }
  }
});

describe('what JSON.parse hides', () => {
  test('a key that comes twice is refused with its place', () => {
    const json = open('{"a":1,"a":2}');
    expect(() => json.object('the thing', () => void json.skip())).toThrow(
      'the thing has the key "a" twice @7',
    );
    expect(() => open('{"a":1,"b":{"x":0,"\\u0078":1}}').skip()).toThrow('key "x" twice @18');
  });

  test('keys keep their order, also those that look like numbers', () => {
    const keys: string[] = [];
    const json = open('{"b":0,"10":0,"2":0,"__proto__":0}');
    json.object('it', key => {
      keys.push(key);
      json.skip();
    });
    expect(keys).toEqual(['b', '10', '2', '__proto__']);
  });

  test.each(['-1', '1.0', '1e2', '9007199254740992', '-0', '"1"', 'true', '[1]', ''])(
    '%s is no unsigned integer',
    text => {
      expect(() => open(text).unsigned('a size')).toThrow(/expected a size, found/);
    },
  );

  test('9007199254740991 is the largest integer', () => {
    expect(open('9007199254740991').unsigned('a size')).toBe(2 ** 53 - 1);
  });

  test('a lone surrogate is refused, a pair is not', () => {
    expect(() => open('"\\ud800"').string('a name')).toThrow('not a valid JSON string');
    expect(open('"\\ud83d\\ude00"').string('a name')).toBe('😀');
  });
});

test('deep nesting is refused before the stack is', () => {
  expect(() => open('['.repeat(1_000_000)).skip()).toThrow('nested deeper than 64 levels');
  expect(() => open('{"a":'.repeat(1_000_000)).skip()).toThrow('nested deeper than 64 levels');
});

test('long runs of white space, backslashes and quotes take linear time', () => {
  const text = `${' '.repeat(3_000_000)}["${'\\\\'.repeat(1_000_000)}","${'\\"'.repeat(1_000_000)}"]`;
  expect(accepts(text)).toBe(true);
});

test('a key that comes twice is found among few keys and among many', () => {
  for (const count of [1, 2, 8, 9, 10, 300]) {
    const keys = Array.from({ length: count }, (_, i) => `"k${i}":0`);
    expect(accepts(`{${keys.join(',')}}`)).toBe(true);
    for (const twice of new Set([0, count >> 1, count - 1]))
      expect(() => open(`{${keys.join(',')},"k${twice}":0}`).skip()).toThrow(
        `has the key "k${twice}" twice`,
      );
  }
});

test('integers of every length are Number’s, or refused', () => {
  for (const lead of ['0', '1', '9', '90071992547409910'])
    for (let length = 1; length <= 18; length++) {
      const text = lead.padEnd(length, '9').slice(0, length);
      for (const written of [text, `${text}.0`, `${text}e0`, `${text}E1`, `${text}.`, `-${text}`]) {
        const whole = written === text && isJson(text) && Number.isSafeInteger(Number(text));
        const read = () => {
          const json = open(written);
          const value = json.unsigned('a size');
          json.end();
          return value;
        };
        if (whole) expect(read()).toBe(Number(text));
        else expect(read).toThrow();
      }
    }
});

test('a string is judged alike with and without escapes', () => {
  for (let code = 0; code < 0x180; code++) {
    const plain = `"a${String.fromCharCode(code)}b"`;
    const escaped = `"a\\u${code.toString(16).padStart(4, '0')}b"`;
    expect(accepts(plain)).toBe(isJson(plain));
    if (isJson(plain) && code !== 0x5c)
      expect(open(plain).string('it')).toBe(open(escaped).string('it'));
  }
});

test('what is expected is put into words only for a refusal', () => {
  let calls = 0;
  const what = () => {
    calls++;
    return 'the thing';
  };
  const read = (text: string) => {
    const json = open(text);
    json.object(what, () => json.array(what, () => json.unsigned(what)));
  };
  read('{"a":[1,2],"b":[]}');
  expect(calls).toBe(0);
  expect(() => read('{"a":[1,-2]}')).toThrow('expected the thing, found -2 @8');
  expect(() => read('{"a":1}')).toThrow('expected the thing, found "1}" @5');
  expect(() => read('{"a":[],"a":[]}')).toThrow('the thing has the key "a" twice @8');
});
