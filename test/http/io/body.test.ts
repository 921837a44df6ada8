import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBody, readForm, readJson, respondJson } from '../../../src/http/index.ts';
import type { Exchange, Handler } from '../../../src/http/index.ts';
import { ask, openTls, readAll, startHttpsServer } from '../../../testing/http-peers.ts';

const maxBytes = 1000;
const echo: Handler = async (exchange) =>
  respondJson(exchange, { length: (await readBody(exchange, { maxBytes })).length });

const chunked = { 'Transfer-Encoding': 'chunked' };
const limits: readonly { name: string; headers: Record<string, string>; bytes: number }[] = [
  { name: 'none', headers: {}, bytes: 0 },
  { name: 'one byte', headers: {}, bytes: 1 },
  { name: 'announced, at the limit', headers: {}, bytes: maxBytes },
  { name: 'announced, beyond it', headers: {}, bytes: maxBytes + 1 },
  { name: 'chunked, at the limit', headers: chunked, bytes: maxBytes },
  { name: 'chunked, beyond it', headers: chunked, bytes: maxBytes + 1 },
  { name: 'announced, far beyond it', headers: {}, bytes: 2_000_000 },
  { name: 'chunked, far beyond it', headers: chunked, bytes: 2_000_000 },
];
for (const { name, headers, bytes } of limits) {
  test(`§15.5.14 a body: ${name}`, async (t) => {
    const { port, errors } = await startHttpsServer(t, echo);
    const body = Buffer.alloc(bytes, 'a');
    const length = 'Transfer-Encoding' in headers ? {} : { 'Content-Length': String(bytes) };
    const answer = await ask(port, '/', {
      method: 'POST',
      body,
      headers: { ...headers, ...length },
    });
    assert.equal(answer.status, bytes > maxBytes ? 413 : 200);
    const want = bytes > maxBytes ? 'the body must have at most 1000 bytes\n' : `{"length":${bytes}}`;
    assert.equal(answer.body, want);
    assert.deepEqual(errors, []);
  });
}

test('§8.6 the announced length is enough for the answer: no byte of the body is awaited', async (t) => {
  const { port } = await startHttpsServer(t, echo);
  const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1001\r\n\r\n';
  assert.match(await readAll(await openTls(t, port, head)), /^HTTP\/1\.1 413 /);
});

test('a client that leaves within its body ends the handler with an error', async (t) => {
  let failed: (error: unknown) => void;
  const failure = new Promise((resolve) => (failed = resolve));
  const { port } = await startHttpsServer(t, (exchange) => readBody(exchange).then(() => {}, failed));
  const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc';
  const socket = await openTls(t, port, head);
  socket.end();
  assert.match(String(await failure), /^HttpError: the body ended before it was whole/);
});

test('a body can be read only once', async (t) => {
  const { port, errors } = await startHttpsServer(t, async (exchange) => {
    await readBody(exchange);
    await readBody(exchange);
  });
  assert.equal((await ask(port, '/', { method: 'POST', body: 'x' })).status, 500);
  assert.match(String(errors[0]), /a body can be read only once/);
});

const readers = {
  json: async (exchange: Exchange) => ({ json: await readJson(exchange, { maxBytes }) }),
  form: async (exchange: Exchange) => ({ form: [...(await readForm(exchange, { maxBytes }))] }),
};
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const cases: readonly {
  reader: keyof typeof readers;
  type: string | undefined;
  body: string | Buffer;
  want: unknown;
}[] = [
  { reader: 'json', type: json, body: '{"a":1}', want: { json: { a: 1 } } },
  { reader: 'json', type: 'Application/JSON; charset="UTF-8"', body: '"é"', want: { json: 'é' } },
  { reader: 'json', type: json, body: '', want: 400 },
  { reader: 'json', type: json, body: '{', want: 400 },
  { reader: 'json', type: json, body: Buffer.from('22ff22', 'hex'), want: 400 },
  { reader: 'json', type: json, body: '['.repeat(1000), want: 400 },
  { reader: 'json', type: json, body: ' '.repeat(1001), want: 413 },
  { reader: 'json', type: 'application/json; charset=utf-16', body: '1', want: 415 },
  { reader: 'json', type: 'text/plain', body: '{}', want: 415 },
  { reader: 'json', type: undefined, body: '{}', want: 415 },
  { reader: 'form', type: form, body: 'a=1&b=%C3%A9+x&a=2', want: { form: [['a', '1'], ['b', 'é x'], ['a', '2']] } },
  { reader: 'form', type: form, body: '__proto__=x', want: { form: [['__proto__', 'x']] } },
  { reader: 'form', type: form, body: '', want: { form: [] } },
  { reader: 'form', type: form, body: Buffer.from('613dff', 'hex'), want: 400 },
  { reader: 'form', type: json, body: '{}', want: 415 },
  { reader: 'form', type: 'multipart/form-data; boundary=x', body: '--x--', want: 415 },
];
for (const { reader, type, body, want } of cases) {
  const title = JSON.stringify(body.toString('latin1')).slice(0, 40);
  test(`§15.5.16 ${reader} of ${type}: ${title}`, async (t) => {
    const { port } = await startHttpsServer(t, async (exchange) =>
      respondJson(exchange, await readers[reader](exchange)),
    );
    const headers = type === undefined ? {} : { 'Content-Type': type };
    const answer = await ask(port, '/', { method: 'POST', body, headers });
    if (typeof want === 'number') assert.equal(answer.status, want);
    else assert.deepEqual(JSON.parse(answer.body), want);
  });
}

test('§15.5.16 a compressed body is refused, not read as if it were none', async (t) => {
  const { port } = await startHttpsServer(t, echo);
  const headers = { 'Content-Encoding': 'gzip' };
  assert.equal((await ask(port, '/', { method: 'POST', body: 'x', headers })).status, 415);
});
