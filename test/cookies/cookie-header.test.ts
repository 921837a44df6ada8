import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  maxCookiePairs,
  parseCookie,
  parseCookiePairs,
  serializeCookie,
  show,
} from '../../src/cookies/cookie-header.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const headers: readonly { name: string; header: string; want: readonly [string, string][] }[] = [
  { name: 'nothing', header: '', want: [] },
  { name: 'one', header: 'SID=31d4d96e407aad42', want: [['SID', '31d4d96e407aad42']] },
  {
    name: 'the two of §3.1',
    header: 'SID=31d4d96e407aad42; lang=en-US',
    want: [
      ['SID', '31d4d96e407aad42'],
      ['lang', 'en-US'],
    ],
  },
  {
    name: 'the first "=" parts',
    header: 'a=b=c; ==x',
    want: [
      ['a', 'b=c'],
      ['', '=x'],
    ],
  },
  {
    name: 'no space, more space, tabs, empty pairs',
    header: ';;a=1;b = 2 ;\t c\t=\t3 ; ; =',
    want: [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ],
  },
  {
    name: 'an empty value, and a value without a name',
    header: 'a=; tok; =x',
    want: [
      ['a', ''],
      ['', 'tok'],
      ['', 'x'],
    ],
  },
  {
    name: 'quotes and percent signs stay as they are',
    header: 'a="x y"; b=%20%zz; c="',
    want: [
      ['a', '"x y"'],
      ['b', '%20%zz'],
      ['c', '"'],
    ],
  },
  {
    name: 'names are case-sensitive, commas do not part',
    header: 'A=1,b=2; a=3',
    want: [
      ['A', '1,b=2'],
      ['a', '3'],
    ],
  },
];
for (const { name, header, want } of headers) {
  test(`§4.2.1 reads ${name}`, () => {
    assert.deepEqual(
      parseCookiePairs(header).map((pair) => [pair.name, pair.value]),
      want,
    );
  });
}

test('§4.2.2 of two pairs with one name the map has the first, the pairs have both', () => {
  assert.equal(parseCookie('a=1; b=x; a=2').get('a'), '1');
  assert.deepEqual(parseCookiePairs('a=1; a=2'), [
    { name: 'a', value: '1' },
    { name: 'a', value: '2' },
  ]);
});

test('§5.6 only SP and HTAB are trimmed: other white space is part of the name', () => {
  // As Node hands them over, one character a byte: U+00A0 raw, in UTF-8, U+2000, U+FEFF, VT, FF.
  for (const space of ['\xa0', '\xc2\xa0', '\xe2\x80\x80', '\xef\xbb\xbf', '\x0b', '\x0c']) {
    const cookies = parseCookie(`${space}__Host-sid=evil; __Host-a${space}=x${space}`);
    assert.deepEqual(
      [...cookies],
      [
        [`${space}__Host-sid`, 'evil'],
        [`__Host-a${space}`, `x${space}`],
      ],
    );
  }
});

test('names of Object.prototype are names like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const before = Object.getOwnPropertyNames(Object.prototype);
  const cookies = parseCookie(names.map((name) => `${name}=v`).join('; '));
  assert.deepEqual([...cookies.keys()], names);
  assert.equal(parseCookie('a=1').get('__proto__'), undefined);
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
});

const megabyte = 1024 * 1024;
for (const piece of ['a=;', ';', ' ', '\t', '=', 'a', '"\\', 'a;', 'a=1; ', ' ;', '= ']) {
  test(`a megabyte of ${JSON.stringify(piece)} gives at most ${maxCookiePairs} pairs`, () => {
    const header = piece.repeat(Math.ceil(megabyte / piece.length));
    const pairs = parseCookiePairs(header);
    assert.ok(pairs.length <= maxCookiePairs);
    assert.ok(parseCookie(header).size <= pairs.length);
  });
}

test('garbage never throws, and the map agrees with the pairs', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 20_000; round++) {
    const text = random.pick([
      () => random.bytes(random.below(40)).toString('latin1'),
      () => Array.from({ length: 20 }, () => random.pick([...'ab=;; \t",\xa0'])).join(''),
    ])();
    const pairs = parseCookiePairs(text);
    const cookies = parseCookie(text);
    for (const { name } of pairs) {
      assert.equal(cookies.get(name), pairs.find((pair) => pair.name === name)?.value);
    }
    // Written once more in the plainest way, the pairs are read back the same.
    const again = parseCookiePairs(pairs.map(({ name, value }) => `${name}=${value}`).join(';'));
    assert.deepEqual(again, pairs);
  }
});

test('§4.1.1 writes a pair, and an independent reader reads the same', (t) => {
  const random = seededRandom(t);
  const octets = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i));
  const value = octets.filter((octet) => !'",;\\'.includes(octet));
  const token = value.filter((octet) => !'()/:<=>?@[]{}'.includes(octet));
  const some = (from: string[], least: number) =>
    Array.from({ length: least + random.below(20) }, () => random.pick(from)).join('');
  for (let round = 0; round < 5000; round++) {
    const written = { name: some(token, 1), value: some(value, 0) };
    const text = serializeCookie(written.name, written.value);
    const [name, ...rest] = text.split('=');
    assert.deepEqual({ name, value: rest.join('=') }, written);
    assert.deepEqual(parseCookiePairs(`x=y; ${text}; x=y`)[1], written);
  }
});

const corrupting = [';', ',', '\r', '\n', '\0', '\x7f', ' ', '\t', '"', '\\', 'é', '\u2028'];
for (const character of corrupting) {
  test(`§4.1.1 refuses ${JSON.stringify(character)} in a name and in a value`, () => {
    for (const text of [character, `a${character}b`, `${character}a`, `a${character}`]) {
      const named = new RegExp(`^TypeError: name of a cookie .*got "`, 's');
      assert.throws(() => serializeCookie(text, 'v'), named);
      // Quotes may stand around a whole value.
      assert.throws(() => serializeCookie('n', text), /^TypeError: value of a cookie .*got "/s);
    }
  });
}

test('§4.1.1 refuses the injected cookie of a request, no name, and what is not text', () => {
  assert.throws(() => serializeCookie('sid', 'abc; admin=1'), TypeError);
  assert.throws(() => serializeCookie('', 'v'), TypeError);
  assert.throws(() => serializeCookie('a=b', 'v'), TypeError);
  for (const bad of [undefined, null, 1, {}, Symbol('s')] as unknown as string[]) {
    assert.throws(() => serializeCookie(bad, 'v'), TypeError);
    assert.throws(() => serializeCookie('n', bad), TypeError);
  }
});

test('§5.6 name and value: 4096 bytes pass, 4097 do not', () => {
  assert.equal(serializeCookie('name', 'v'.repeat(4092)).length, 4097);
  assert.throws(() => serializeCookie('name', 'v'.repeat(4093)), /at most 4096.*got 4097/s);
});

test('a value in a message is escaped and cut', () => {
  assert.equal(show('a\r\nb'), '"a\\r\\nb"');
  assert.equal(show(Symbol('x')), 'Symbol(x)');
  assert.ok(show('x'.repeat(1000)).length < 70);
});
