import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainRequest, explainResponse } from '../../src/cli/captured-handshake.ts';
import { requestText, responseText } from '../../testing/captured-connection.ts';

const request = explainRequest(Buffer.from(requestText));

test('§4.1 a request: each line has its meaning and section', () => {
  assert.equal(request.verdict.kind, 'ok');
  const [first, , , , key] = request.lines;
  assert.deepEqual(first, {
    text: 'GET /chat HTTP/1.1',
    meaning: 'asks to change the protocol: GET, HTTP/1.1',
    section: '§4.1',
  });
  assert.match(key?.meaning ?? '', /^16 random bytes/);
});

test('§4.2.2 a response is judged by the request before it', () => {
  const response = (text: string) => explainResponse(Buffer.from(text), request.head).verdict;
  assert.deepEqual(response(responseText), { kind: 'ok' });
  const wrong = response(responseText.replace('s3pP', 'S3pP'));
  assert.equal(wrong.kind === 'broken' && wrong.code, 'ERR_WS_ACCEPT_KEY');
  assert.deepEqual(response('HTTP/1.1 403 Forbidden\r\n\r\n'), { kind: 'refused', status: 403 });
  const alone = explainResponse(Buffer.from(responseText), undefined).verdict;
  assert.equal(alone.kind, 'unjudged');
});

const answers = [
  { offer: undefined, answer: 'permessage-deflate', want: 'ERR_WS_EXTENSION' },
  { offer: 'permessage-deflate', answer: 'permessage-deflate', want: 'ok' },
  {
    offer: 'permessage-deflate; server_max_window_bits=10',
    answer: 'permessage-deflate; server_max_window_bits=11',
    want: 'ERR_WS_EXTENSION_PARAMETER',
  },
  {
    offer: 'permessage-deflate',
    answer: 'permessage-deflate; client_max_window_bits=10',
    want: 'ERR_WS_EXTENSION_PARAMETER',
  },
  {
    offer: 'permessage-deflate; server_max_window_bits=10, permessage-deflate',
    answer: 'permessage-deflate; server_max_window_bits=11',
    want: 'ok',
  },
  { offer: 'permessage-deflate', answer: 'x-other', want: 'ERR_WS_EXTENSION' },
];
for (const { offer, answer, want } of answers) {
  test(`§9.1 the offer ${offer} is answered with ${answer}: ${want}`, () => {
    const line = (value: string) => `Sec-WebSocket-Extensions: ${value}\r\n\r\n`;
    const asks = requestText.replace(/\r\n$/, offer === undefined ? '\r\n' : line(offer));
    const says = responseText.replace(/\r\n$/, line(answer));
    const { head } = explainRequest(Buffer.from(asks));
    const { verdict } = explainResponse(Buffer.from(says), head);
    assert.equal(verdict.kind === 'broken' ? verdict.code : verdict.kind, want);
  });
}

const bad = [
  { name: 'another method', text: requestText.replace('GET', 'POST'), message: /expected GET/ },
  {
    name: 'an old version',
    text: requestText.replace('HTTP/1.1', 'HTTP/1.0'),
    message: /HTTP\/1\.1/,
  },
  { name: 'no key', text: requestText.replace('Key', 'Kay'), message: /Sec-WebSocket-Key/ },
  { name: 'no HTTP', text: 'HELLO', message: /head of an HTTP message/ },
];
for (const { name, text, message } of bad) {
  test(`§4.2.1 a request with ${name}`, () => {
    const { verdict } = explainRequest(Buffer.from(text));
    assert.ok(verdict.kind === 'broken');
    assert.equal(verdict.code, 'ERR_WS_UPGRADE_REQUEST');
    assert.match(verdict.message, message);
  });
}

test('a response that is no HTTP shows its beginning', () => {
  const { verdict, lines } = explainResponse(Buffer.from(`H${'x'.repeat(200)}`), request.head);
  assert.equal(verdict.kind === 'broken' && verdict.code, 'ERR_WS_RESPONSE_HEAD');
  assert.equal(lines[0]?.text.length, 80);
});
