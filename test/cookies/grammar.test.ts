import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isCookieName,
  isCookieOctet,
  isCookieValue,
  isDomainValue,
  isLetterOrDigit,
  isPathOctet,
  isPathValue,
  maxLifetimeSeconds,
} from '../../src/cookies/grammar.ts';

// The grammar once more, said the other way round: what is not allowed.
const predicates = [
  { name: '§4.1.1 cookie-octet', is: isCookieOctet, excluded: ' ",;\\' },
  { name: '§4.1.1 av-octet of a path', is: isPathOctet, excluded: ' ,;' },
];
for (const { name, is, excluded } of predicates) {
  test(`${name}, on all 256 bytes and beyond`, () => {
    for (let code = 0; code < 256; code++) {
      const want = code > 0x1f && code < 0x7f && !excluded.includes(String.fromCharCode(code));
      assert.equal(is(code), want, `byte ${code}`);
    }
    for (const code of [0x100, 0x120, 0x141, 0xa0, 0x2028, 0xd800, 0xffff]) {
      assert.equal(is(code), false);
    }
  });
}

test('RFC 1034 §3.5 let-dig, on all 256 bytes', () => {
  for (let code = 0; code < 256; code++) {
    assert.equal(isLetterOrDigit(code), /^[A-Za-z0-9]$/.test(String.fromCharCode(code)));
  }
});

test('§4.1.1 cookie-name is a token, on all 256 bytes', () => {
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    const want = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(character);
    assert.equal(isCookieName(`a${character}`), want, `byte ${code}`);
  }
  assert.equal(isCookieName(''), false);
});

const values: readonly [string, boolean][] = [
  ['', true],
  ['a', true],
  ['a=b', true],
  ['"a"', true],
  ['""', true],
  ['"', false],
  ['"a', false],
  ['a"', false],
  ['"a"b"', false],
  ['"a b"', false],
  ['a\\b', false],
  ['é', false],
];
for (const [value, want] of values) {
  test(`§4.1.1 cookie-value ${JSON.stringify(value)}: ${want}`, () => {
    assert.equal(isCookieValue(value), want);
  });
}

const label63 = 'a'.repeat(63);
const domains: readonly [string, boolean][] = [
  ['example.test', true],
  ['localhost', true],
  ['3com.example', true],
  ['xn--bcher-kva.example', true],
  ['127.0.0.1', true],
  ['__proto__', false],
  ['constructor', true],
  ['', false],
  ['.example.test', false],
  ['example.test.', false],
  ['a..b', false],
  ['-a.test', false],
  ['a-.test', false],
  ['[::1]', false],
  ['bücher.example', false],
  ['example.test:8443', false],
  [`${label63}.test`, true],
  [`a${label63}.test`, false],
  [`${label63}.${label63}.${label63}.${'a'.repeat(61)}`, true],
  [`${label63}.${label63}.${label63}.${'a'.repeat(62)}`, false],
];
for (const [domain, want] of domains) {
  test(`§4.1.1 domain-value ${domain.slice(0, 30)} (${domain.length}): ${want}`, () => {
    assert.equal(isDomainValue(domain), want);
  });
}

test('§4.1.1 path-value begins with a slash', () => {
  assert.equal(isPathValue('/'), true);
  assert.equal(isPathValue('/a/b%20c'), true);
  for (const path of ['', 'a', ' /', '/a b', '/a;b', '/a,b', '/é', '/\0']) {
    assert.equal(isPathValue(path), false, path);
  }
});

test('§5.5 the longest life is 34,560,000 seconds', () => {
  assert.equal(maxLifetimeSeconds, 34_560_000);
});
