import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandshakeError } from '../../src/websocket/index.ts';
import {
  maxResponseHeadBytes,
  parseResponseHead,
  ResponseHeadReader,
} from '../../src/websocket/response-head.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { arrivals } from '../../testing/splits.ts';

const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: a\r\nx:\tb \r\n\r\n';

test('RFC 9112 a head with frames behind it, in every split', () => {
  for (const { name, chunks } of arrivals(Buffer.from(head + '\x81\x00', 'latin1'))) {
    const reader = new ResponseHeadReader();
    const rest: Buffer[] = [];
    let status = 0;
    for (const chunk of chunks) {
      if (status !== 0) {
        rest.push(chunk);
        continue;
      }
      const read = reader.push(chunk);
      if (read === undefined) continue;
      assert.ok(!(read instanceof HandshakeError));
      status = read.response.status;
      assert.equal(read.response.headers.get('upgrade'), 'websocket');
      assert.equal(read.response.headers.get('x'), 'a, b');
      rest.push(read.rest);
    }
    assert.equal(status, 101, name);
    assert.deepEqual(Buffer.concat(rest), Buffer.from([0x81, 0x00]), name);
  }
});

const malformed = [
  'HTTP/2 101 x',
  'HTTP/1.1 1010 x',
  'ICY 200 OK',
  '',
  'HTTP/1.1 101 x\r\nno colon',
  'HTTP/1.1 101 x\r\n: no name',
  'HTTP/1.1 101 x\r\nspace : before',
  'HTTP/1.1 101 x\r\na: 1\r\n folded',
  'HTTP/1.1 101 x\r\na: bare\rreturn',
  'HTTP/1.1 101 x\r\na: nul\0',
];
for (const text of malformed) {
  test(`RFC 9112 refuses ${JSON.stringify(text)}`, () => {
    const result = parseResponseHead(text);
    assert.equal(result instanceof HandshakeError && result.code, 'ERR_WS_RESPONSE_HEAD');
  });
}

test('RFC 9112 §4 the reason phrase may be empty, names may be __proto__', () => {
  const result = parseResponseHead('HTTP/1.1 200 \r\n__proto__: x\r\nconstructor: y');
  assert.ok(!(result instanceof HandshakeError));
  assert.equal(result.headers.get('__proto__'), 'x');
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
});

test('a head without end is cut at the limit', () => {
  const reader = new ResponseHeadReader();
  let result: ReturnType<ResponseHeadReader['push']>;
  let bytes = 0;
  for (; result === undefined && bytes < 2 * maxResponseHeadBytes; bytes += 100) {
    result = reader.push(Buffer.alloc(100, 'a'));
  }
  assert.ok(result instanceof HandshakeError);
  assert.ok(bytes <= maxResponseHeadBytes + 100);
});

test('random line ends are found where the text search finds them', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: 30 }, () => random.pick(['\r', '\n', '\r\n', 'a'])).join('');
    const want = text.indexOf('\r\n\r\n');
    const reader = new ResponseHeadReader();
    let found = -1;
    for (let i = 0; i < text.length && found < 0; i++) {
      if (reader.push(Buffer.from(text[i]!)) !== undefined) found = i - 3;
    }
    assert.equal(found, want, JSON.stringify(text));
  }
});
