import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseDeflateParameters,
  serializeDeflateParameters,
} from '../../../src/websocket/deflate/parameters.ts';
import type { DeflateParameters } from '../../../src/websocket/deflate/parameters.ts';
import { parseExtensions, serializeExtensions } from '../../../src/websocket/extensions.ts';

const none: DeflateParameters = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: undefined,
  clientMaxWindowBits: undefined,
};

function parse(parameters: string, kind: 'offer' | 'answer'): DeflateParameters | string {
  const [extension] = parseExtensions(`permessage-deflate${parameters}`) ?? [];
  assert.ok(extension !== undefined, parameters);
  return parseDeflateParameters(extension, kind);
}

const good: [string, Partial<DeflateParameters>][] = [
  ['', {}],
  ['; server_no_context_takeover', { serverNoContextTakeover: true }],
  ['; client_no_context_takeover', { clientNoContextTakeover: true }],
  ['; server_max_window_bits=8', { serverMaxWindowBits: 8 }],
  ['; client_max_window_bits=15', { clientMaxWindowBits: 15 }],
  [
    '; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; ' +
      'client_max_window_bits=9',
    {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 12,
      clientMaxWindowBits: 9,
    },
  ],
];

test('§7.1 all four parameters are read and written, in offers and in answers', () => {
  for (const [text, said] of good) {
    const want = { ...none, ...said };
    assert.deepEqual(parse(text, 'offer'), want, text);
    assert.deepEqual(parse(text, 'answer'), want, text);
    assert.equal(
      serializeExtensions([serializeDeflateParameters(want)]),
      `permessage-deflate${text}`,
    );
  }
});

test('§7.1.2.2 client_max_window_bits without a value is for offers only', () => {
  const want = { ...none, clientMaxWindowBits: 'any' as const };
  assert.deepEqual(parse('; client_max_window_bits', 'offer'), want);
  assert.equal(
    serializeExtensions([serializeDeflateParameters(want)]),
    'permessage-deflate; client_max_window_bits',
  );
  assert.equal(
    parse('; client_max_window_bits', 'answer'),
    'client_max_window_bits without 8 to 15',
  );
});

test('§7.1.2 a window has 8 to 15 bits, in decimal digits without leading zeros', () => {
  for (const name of ['server_max_window_bits', 'client_max_window_bits']) {
    const field = name.startsWith('server') ? 'serverMaxWindowBits' : 'clientMaxWindowBits';
    for (const kind of ['offer', 'answer'] as const) {
      for (let bits = 0; bits <= 17; bits++) {
        const isGood = bits >= 8 && bits <= 15;
        const want = isGood ? { ...none, [field]: bits } : `${name} without 8 to 15`;
        assert.deepEqual(parse(`; ${name}=${bits}`, kind), want, `${name}=${bits}`);
        assert.deepEqual(parse(`; ${name}="${bits}"`, kind), want, `${name}="${bits}"`);
      }
      for (const bits of ['08', '8.5', '-9', '+9', '1e1', '0x9', '99', '1O', 'ten', '9z', '010']) {
        const got = parse(`; ${name}=${bits}`, kind);
        assert.equal(got, `${name} without 8 to 15`, bits);
      }
    }
  }
  const without = parse('; server_max_window_bits', 'offer');
  assert.equal(without, 'server_max_window_bits without 8 to 15');
  // An empty value breaks the grammar of the header already.
  assert.equal(parseExtensions('permessage-deflate; server_max_window_bits='), undefined);
  assert.equal(parseExtensions('permessage-deflate; server_max_window_bits=""'), undefined);
});

test('§7.1.1 context takeover has no value', () => {
  for (const name of ['server_no_context_takeover', 'client_no_context_takeover']) {
    for (const value of ['true', '1', '0', '"x"']) {
      assert.equal(parse(`; ${name}=${value}`, 'offer'), `${name} with a value`);
      assert.equal(parse(`; ${name}=${value}`, 'answer'), `${name} with a value`);
    }
  }
});

test('§7.1 a parameter that comes twice, or is not defined, is wrong', () => {
  for (const one of [
    'server_no_context_takeover',
    'client_no_context_takeover',
    'server_max_window_bits=10',
    'client_max_window_bits=10',
  ]) {
    assert.equal(parse(`; ${one}; ${one}`, 'offer'), 'a parameter that comes twice', one);
    assert.equal(parse(`; ${one}; ${one}`, 'answer'), 'a parameter that comes twice', one);
  }
  for (const name of ['constructor', '__proto__', 'toString', 'Server_Max_Window_Bits', 'x']) {
    assert.equal(parse(`; ${name}`, 'offer'), 'a parameter that is not defined', name);
    assert.equal(parse(`; ${name}=9`, 'answer'), 'a parameter that is not defined', name);
  }
});
