import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { zlibLimiter } from '../../../src/websocket/deflate/limiter.ts';
import { MessageDeflate } from '../../../src/websocket/deflate/message-deflate.ts';
import type { DeflateAgreement } from '../../../src/websocket/deflate/negotiation.ts';
import type { DeflateOptions } from '../../../src/websocket/deflate/options.ts';
import { hex } from '../../../testing/splits.ts';

const full = { windowBits: 15, contextTakeover: true };
const forgetful = { windowBits: 15, contextTakeover: false };

/** Both ends of a connection, freed with the test. */
function pairOf(t: TestContext, agreed: DeflateAgreement, options: DeflateOptions = {}) {
  const server = new MessageDeflate('server', agreed, options);
  const client = new MessageDeflate('client', agreed, options);
  t.after(() => server.close());
  t.after(() => client.close());
  return { server, client };
}

function encode(codec: MessageDeflate, data: string, fin = true): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    codec.encode(Buffer.from(data), fin, (error, encoded) =>
      error === undefined ? resolve(encoded) : reject(error),
    );
  });
}

function decode(codec: MessageDeflate, data: Buffer, maxBytes = 1024): Promise<string> {
  return new Promise((resolve, reject) => {
    codec.decode(data, maxBytes, (error, decoded) =>
      error === undefined ? resolve(decoded.toString()) : reject(error),
    );
  });
}

const hello = hex('f2 48 cd c9 c9 07 00');
const helloAgain = hex('f2 00 11 00 00');

test('§7.1.1 each role compresses by its own half of what was agreed on', async (t) => {
  const { server, client } = pairOf(t, { server: full, client: forgetful });
  assert.deepEqual(await encode(server, 'Hello'), hello);
  assert.deepEqual(await encode(server, 'Hello'), helloAgain);
  assert.deepEqual(await encode(client, 'Hello'), hello);
  assert.deepEqual(await encode(client, 'Hello'), hello);
  assert.equal(await decode(client, hello), 'Hello');
  assert.equal(await decode(client, helloAgain), 'Hello');
  assert.equal(await decode(server, hello), 'Hello');
  await assert.rejects(decode(server, helloAgain), { code: 'ERR_WS_INFLATE' });
});

const thresholds = [
  { own: full, threshold: undefined, want: { threshold: 1, sharedThreshold: 1024 } },
  { own: forgetful, threshold: undefined, want: { threshold: 1024, sharedThreshold: 1024 } },
  { own: full, threshold: 64, want: { threshold: 1, sharedThreshold: 64 } },
  { own: forgetful, threshold: 0, want: { threshold: 0, sharedThreshold: 0 } },
];
for (const { own, threshold, want } of thresholds) {
  const { contextTakeover } = own;
  test(`threshold ${threshold}, context takeover ${contextTakeover}`, (t) => {
    const { server, client } = pairOf(t, { server: own, client: own }, { threshold });
    for (const codec of [server, client]) {
      const { threshold: whole, sharedThreshold } = codec;
      assert.deepEqual({ threshold: whole, sharedThreshold }, want);
    }
  });
}

test('§7.1.2 a shared message has the window of its sender', async (t) => {
  const narrow = { windowBits: 9, contextTakeover: true };
  const { server, client } = pairOf(t, { server: narrow, client: full });
  assert.deepEqual([server.sharedKey, client.sharedKey], [9, 15]);
  const text = `${'x'.repeat(5)}${'0123456789'.repeat(60)}`;
  assert.equal(await decode(client, server.encodeShared(Buffer.from(text))), text);
});

test('§7.1.1.1 a shared message between others: the sender begins anew behind it', async (t) => {
  const { server, client } = pairOf(t, { server: full, client: full });
  const sent = [await encode(server, 'Hello'), server.encodeShared(Buffer.from('between'))];
  server.forgetContext();
  sent.push(await encode(server, 'Hello'), await encode(server, 'Hello'));
  assert.deepEqual([sent[2], sent[3]], [hello, helloAgain]);
  const texts: string[] = [];
  for (const payload of sent) texts.push(await decode(client, payload));
  assert.deepEqual(texts, ['Hello', 'between', 'Hello', 'Hello']);
});

test('§6.2 what inflates is counted: ERR_WS_MESSAGE_TOO_BIG', async (t) => {
  const { client } = pairOf(t, { server: full, client: full });
  await assert.rejects(decode(client, hello, 4), { code: 'ERR_WS_MESSAGE_TOO_BIG' });
});

test('concurrencyLimit is that of the process', (t) => {
  const { limit } = zlibLimiter;
  t.after(() => (zlibLimiter.limit = limit));
  pairOf(t, { server: full, client: full });
  assert.equal(zlibLimiter.limit, limit, 'nothing said, nothing changed');
  pairOf(t, { server: full, client: full }, { concurrencyLimit: 3 });
  assert.equal(zlibLimiter.limit, 3);
});

test('close: no callback comes any more, in either direction', async (t) => {
  const { server, client } = pairOf(t, { server: full, client: full });
  server.encode(Buffer.from('x'), true, () => assert.fail('encoded'));
  server.decode(hello, 100, () => assert.fail('decoded'));
  server.close();
  assert.equal(await decode(client, await encode(client, 'others go on')), 'others go on');
});
