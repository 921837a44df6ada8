import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serializeUpgradeResponse } from '../../src/websocket/index.ts';
import { serializeUpgradeLines, upgradeLines } from '../../src/websocket/upgrade-response.ts';

const accept = { kind: 'accept', acceptKey: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' } as const;

test('§4.2.2 the 101 of the RFC, with and without a sub-protocol, and with a line more', () => {
  const head =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';
  assert.equal(serializeUpgradeResponse({ ...accept, protocol: '' }), `${head}\r\n`);
  const chat = { ...accept, protocol: 'chat' };
  const want = `${head}Sec-WebSocket-Protocol: chat\r\n`;
  assert.equal(serializeUpgradeResponse(chat), `${want}\r\n`);
  assert.equal(serializeUpgradeResponse(chat, { 'X-A': 'b' }), `${want}X-A: b\r\n\r\n`);
});

test('a refusal has a type, a length in bytes, and ends its connection', () => {
  const refusal = { kind: 'reject', status: 403, message: 'nö', headers: {} } as const;
  assert.equal(
    serializeUpgradeResponse(refusal),
    'HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n' +
      'Content-Length: 3\r\n\r\nnö',
  );
  const headers = { 'content-type': 'text/html', 'Content-Length': '99', connection: 'keep-alive' };
  assert.equal(
    serializeUpgradeResponse({ ...refusal, status: 599, headers }, { 'Retry-After': '5' }),
    'HTTP/1.1 599 Refused\r\ncontent-type: text/html\r\nContent-Length: 3\r\n' +
      'Connection: close\r\nRetry-After: 5\r\n\r\nnö',
  );
});

const noField = ['', 'no colon', ': no name', 'na me: x', 5, undefined, { a: 1 }];
const twoLines = ['a: b\r\nc: d', 'a: b\nc', 'a\r\n: b'];
for (const line of [...noField, ...twoLines, 'a: \0', 'a: \u20ac', 'a: \x7f']) {
  test(`RFC 9110 §5.5 a line ${JSON.stringify(line)} is refused`, () => {
    const lines = [...upgradeLines({ ...accept, protocol: '' }), line as string];
    assert.throws(
      () => serializeUpgradeLines(lines),
      (error) =>
        error instanceof TypeError && error.message.endsWith(JSON.stringify(line) ?? 'undefined'),
    );
  });
}

test('a header value of a refusal cannot add a line either', () => {
  const headers = { Location: '/\r\nSet-Cookie: a=b' };
  assert.throws(
    () => serializeUpgradeResponse({ kind: 'reject', status: 302, message: '', headers }),
    TypeError,
  );
});

test('lines may be added, but the status line stays', () => {
  const lines = upgradeLines({ ...accept, protocol: '' });
  lines.push('Set-Cookie: a=1', 'Set-Cookie: b=\xe9', 'X-Empty:');
  assert.match(
    serializeUpgradeLines(lines),
    /\r\nSet-Cookie: a=1\r\nSet-Cookie: b=\xe9\r\nX-Empty:\r\n\r\n$/,
  );
  lines[0] = 'HTTP/1.1 200 OK';
  assert.throws(() => serializeUpgradeLines(lines), /first line must be HTTP\/1\.1 101/);
  assert.throws(() => serializeUpgradeLines([]), TypeError);
});
