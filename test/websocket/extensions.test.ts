import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExtensions, serializeExtensions } from '../../src/websocket/extensions.ts';
import type { Extension } from '../../src/websocket/extensions.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

function extension(name: string, ...parameters: (string | [string, string])[]): Extension {
  return {
    name,
    parameters: parameters.map((parameter) =>
      typeof parameter === 'string'
        ? { name: parameter, value: undefined }
        : { name: parameter[0], value: parameter[1] },
    ),
  };
}

const table = [
  { header: 'foo', want: [extension('foo')], canonical: true },
  { header: 'foo; bar; baz=2', want: [extension('foo', 'bar', ['baz', '2'])], canonical: true },
  {
    header: 'deflate-stream, mux; max-channels=4; flow-control, deflate-stream',
    want: [
      extension('deflate-stream'),
      extension('mux', ['max-channels', '4'], 'flow-control'),
      extension('deflate-stream'),
    ],
    canonical: true,
  },
  {
    header: 'a; b=1; b=2; b',
    want: [extension('a', ['b', '1'], ['b', '2'], 'b')],
    canonical: true,
  },
  {
    header: 'constructor; __proto__=toString, __proto__; hasOwnProperty',
    want: [
      extension('constructor', ['__proto__', 'toString']),
      extension('__proto__', 'hasOwnProperty'),
    ],
    canonical: true,
  },
  { header: ' foo ;\tbar = 1\t,baz ', want: [extension('foo', ['bar', '1']), extension('baz')] },
  { header: ', foo,, bar ,', want: [extension('foo'), extension('bar')] },
  { header: 'foo; bar="1"', want: [extension('foo', ['bar', '1'])] },
  { header: 'foo; bar="\\1\\0"; baz', want: [extension('foo', ['bar', '10'], 'baz')] },
];
for (const { header, want, canonical } of table) {
  test(`§9.1 reads ${header}`, () => {
    assert.deepEqual(parseExtensions(header), want);
    if (canonical) assert.equal(serializeExtensions(want), header);
    assert.deepEqual(parseExtensions(serializeExtensions(want)), want);
  });
}

const broken = [
  '',
  ' ',
  ',',
  ';',
  'foo;',
  'foo; ',
  'foo;;bar',
  'foo bar',
  'foo; bar=',
  'foo; =1',
  'foo; bar=1 2',
  'foo=1',
  'foo; bar="',
  'foo; bar="\\',
  'foo; bar="\\"',
  'foo; bar="1" 2',
  'foo; bar=""',
  'foo; bar="a b"',
  'foo; bar="a,b"',
  'foo; bar="\\""',
  '"foo"',
  'foo\r\n',
  'f\xf6o',
  'foo/bar',
];
for (const header of broken) {
  test(`§9.1 refuses ${JSON.stringify(header)}`, () => {
    assert.equal(parseExtensions(header), undefined);
  });
}

test('§9.1 long hostile headers are read in one pass', () => {
  // A routine that went back for each character would be at this for minutes.
  const bytes = 1024 * 1024;
  for (const [start, unit] of [
    ['foo; bar="', '\\"'],
    ['foo; bar="', 'a'],
    ['foo; bar="', '\\\\'],
    ['', ' '],
    ['', ','],
    ['', ' ,'],
    ['foo', ' ;'],
    ['foo', '; a="\\'],
    ['foo;', '\t'],
  ] as const) {
    assert.equal(parseExtensions(start + unit.repeat(bytes / unit.length)), undefined, unit);
  }
  const many = parseExtensions('a; b="c", '.repeat(10_000));
  assert.equal(many?.length, 10_000);
});

test('§9.1 garbage gives values or nothing', (t) => {
  const random = seededRandom(t);
  const alphabet = [...'ab=;,"\\ \t\0\xff'];
  for (let i = 0; i < 5000; i++) {
    const header = Array.from({ length: random.below(20) }, () => random.pick(alphabet)).join('');
    const got = parseExtensions(header);
    if (got !== undefined) assert.deepEqual(parseExtensions(serializeExtensions(got)), got);
  }
});

test('§9.1 only tokens are written', () => {
  for (const wrong of [extension('a b'), extension('a', 'b;'), extension('a', ['b', '"'])]) {
    assert.throws(() => serializeExtensions([wrong]), {
      name: 'TypeError',
      message: /tokens, got/,
    });
  }
});
