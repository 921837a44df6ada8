import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, serializeRefusal } from '../../src/http/refusal.ts';

test('§15.5 which status for which error of the parser', () => {
  assert.equal(refusalOf('HPE_HEADER_OVERFLOW').status, 431);
  assert.equal(refusalOf('ERR_HTTP_REQUEST_TIMEOUT').status, 408);
  for (const code of ['HPE_INVALID_METHOD', 'HPE_CHUNK_EXTENSIONS_OVERFLOW', undefined]) {
    assert.equal(refusalOf(code).status, 400);
  }
});

test('RFC 9112 §4 the whole response', () => {
  const text = serializeRefusal(refusalOf('HPE_HEADER_OVERFLOW'), new Date(0));
  const [head = '', body] = text.split('\r\n\r\n');
  const [statusLine, ...lines] = head.split('\r\n');
  assert.equal(statusLine, 'HTTP/1.1 431 Request Header Fields Too Large');
  const headers = new Map(lines.map((line) => line.split(': ') as [string, string]));
  assert.equal(headers.get('Connection'), 'close');
  assert.equal(headers.get('Date'), 'Thu, 01 Jan 1970 00:00:00 GMT');
  assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
  assert.equal(Number(headers.get('Content-Length')), Buffer.byteLength(body!));
});
