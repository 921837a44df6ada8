/** Handshakes made to crash or to exhaust: names, lists, too many headers, too long ones. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Chat } from '../../../src/chat/chat.ts';
import type { ClientMessage } from '../../../src/chat/protocol.ts';
import { packageRoot } from '../../../src/lab/package-root.ts';
import { splitList } from '../../../src/shared/index.ts';
import { WebSocket, WebSocketServer } from '../../../src/websocket/index.ts';
import { parseExtensions } from '../../../src/websocket/extensions.ts';
import { listenRaw } from '../../../testing/hostile-peers.ts';
import { accepting, startRaw } from '../../../testing/raw-servers.ts';
import {
  acceptedBy,
  answerTo,
  closeOf,
  openRaw,
  startClient,
  startServer,
  upgradeRequest,
} from '../../../testing/websocket-peers.ts';

const prototypeNames = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'];
const kibibyte = 1024;

/** A server on this HTTP server. */
async function startServerOn(t: TestContext, web: http.Server): Promise<number> {
  const server = new WebSocketServer({ server: web });
  t.after(async () => {
    web.close();
    await server.shutdown({ graceMs: 0 });
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  return (web.address() as net.AddressInfo).port;
}

/** A server that takes heads of 256 KiB, as some programs do. */
async function startRoomyServer(t: TestContext): Promise<number> {
  return await startServerOn(t, http.createServer({ maxHeaderSize: 256 * kibibyte }));
}

/** The process lives, and its server serves. */
async function stillServes(t: TestContext, port: number): Promise<void> {
  await once(startClient(t, `ws://127.0.0.1:${port}/`), 'open');
}

for (const name of prototypeNames) {
  test(`GHSA-5v72-xg48-5rpm ${name} as extension, parameter and sub-protocol, our server`, async (t) => {
    const { server, port } = await startServer(t, { perMessageDeflate: true });
    server.on('connection', () => {});
    for (const line of [
      `Sec-WebSocket-Extensions: ${name}`,
      `Sec-WebSocket-Extensions: ${name}; ${name}=${name}`,
      `Sec-WebSocket-Extensions: x-none; ${name}`,
      `Sec-WebSocket-Extensions: ${name}, ${name}; ${name}="${name}"`,
    ]) {
      const { head, raw } = await acceptedBy(t, port, upgradeRequest([line]));
      assert.match(head, /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(head, /Sec-WebSocket-(Extensions|Protocol)/i);
      raw.destroy();
    }
    // A parameter that is none of its extension's declines the offer, and is not looked up.
    const deflate = `Sec-WebSocket-Extensions: permessage-deflate; ${name}`;
    const declined = await acceptedBy(t, port, upgradeRequest([deflate]));
    assert.doesNotMatch(declined.head, /Extensions/i);
    const protocol = `Sec-WebSocket-Protocol: ${name}`;
    const { head } = await acceptedBy(t, port, upgradeRequest([protocol]));
    assert.match(head, new RegExp(`\r\n${protocol}\r\n`));
    await stillServes(t, port);
  });

  test(`GHSA-5v72-xg48-5rpm ${name} as extension, parameter and sub-protocol, our client`, async (t) => {
    const lines = [
      `Sec-WebSocket-Extensions: ${name}`,
      `Sec-WebSocket-Extensions: permessage-deflate; ${name}=${name}`,
      `Sec-WebSocket-Protocol: ${name}`,
    ];
    const port = await startRaw(t, (request, socket) => {
      socket.write(accepting(request, [lines[Number(/\?(\d)/.exec(request)?.[1])] ?? '']));
    });
    for (const index of lines.keys()) {
      const client = new WebSocket(`ws://127.0.0.1:${port}/?${index}`, [], {
        perMessageDeflate: true,
      });
      assert.equal((await closeOf(client)).code, 1006);
    }
  });

  test(`GHSA-5v72-xg48-5rpm ${name} as room, user and event of the chat`, () => {
    const chat = new Chat<string>();
    const at = new Date('2026-01-02T03:04:05.000Z');
    const receive = (id: string, message: ClientMessage) =>
      chat.receive(id, message, at).map((delivery) => delivery.message.type);
    for (const id of [name, 'other']) chat.enter(id);
    const others = name === 'valueOf' ? 'toString' : 'valueOf';
    assert.deepEqual(receive(name, { type: 'join', room: name, name }), ['joined', 'member']);
    assert.deepEqual(receive('other', { type: 'join', room: name, name: others }), [
      'joined',
      'member',
    ]);
    assert.deepEqual(chat.roomOf(name)?.memberNames(), [name, others]);
    assert.deepEqual(receive(name, { type: 'say', id: name, text: name }), ['message', 'ack']);
  });
}

/** What a list is that is hostile to those who go back for each of its characters. */
const lists = [
  { name: 'spaces', unit: ' ' },
  { name: 'commas', unit: ',' },
  { name: 'spaces and commas', unit: ' ,' },
  { name: 'tabs and commas', unit: ',\t\t' },
];

for (const { name, unit } of lists) {
  test(`CVE-2021-32640 64 KiB of ${name} as sub-protocols: 400, the process lives`, async (t) => {
    const port = await startRoomyServer(t);
    const text = unit.repeat(Math.floor((64 * kibibyte) / unit.length));
    for (const value of [text, `a${text}b c`, `a, a${text}`]) {
      const answer = await answerTo(t, port, upgradeRequest([`Sec-WebSocket-Protocol: ${value}`]));
      assert.match(answer, /^HTTP\/1\.1 400 /);
    }
    const last = upgradeRequest([`Sec-WebSocket-Protocol: ${text}, last`]);
    const { head } = await acceptedBy(t, port, last);
    assert.match(head, /^Sec-WebSocket-Protocol: last\r$/m);
    // A reader that is quadratic would be at this for an hour.
    assert.equal(splitList(unit.repeat(kibibyte * kibibyte)).length, 0);
    await stillServes(t, port);
  });
}

test('CVE-2021-32640 no regular expression of ours can go back: anchored, and one repetition', () => {
  const folders = ['src/websocket', 'src/shared'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true })
      .map((file) => join(packageRoot, folder, String(file)))
      .filter((file) => file.endsWith('.ts')),
  );
  const found: string[] = [];
  for (const file of files) {
    const code = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
    for (const [, pattern = ''] of code.matchAll(
      /[(=:!,?]\s*\/((?:\[(?:\\.|[^\]\\\n])*\]|\\.|[^/\\[\n])+)\/[a-z]*/g,
    )) {
      found.push(pattern);
      const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
      const repetitions = plain.match(/[*+]|\{\d+,\}/g) ?? [];
      // In an address `.` divides what `\d+` repeats, so there it has one way only.
      const divided = /^\^[^*+]*(\\d\+\\\.)+\\d\+\$$/.test(pattern);
      const isSafe =
        repetitions.length === 0 ||
        divided ||
        (repetitions.length === 1 && pattern.startsWith('^'));
      assert.ok(isSafe, `${file}: ${pattern}`);
    }
  }
  assert.ok(found.length >= 5, found.join('  '));
});

const quoted = [
  { name: 'backslash pairs', unit: '\\\\' },
  { name: 'escaped quotes', unit: '\\"' },
  { name: 'letters', unit: 'a' },
];

for (const { name, unit } of quoted) {
  test(`CVE-2020-7662 64 KiB of ${name} in a quote that never ends: 400, the process lives`, async (t) => {
    const port = await startRoomyServer(t);
    for (const open of ['a; b="', 'permessage-deflate; a="', '"']) {
      const value = open + unit.repeat((64 * kibibyte) / unit.length);
      const line = `Sec-WebSocket-Extensions: ${value}`;
      assert.match(await answerTo(t, port, upgradeRequest([line])), /^HTTP\/1\.1 400 /);
      const long = open + unit.repeat((kibibyte * kibibyte) / unit.length);
      assert.equal(parseExtensions(long), undefined);
    }
    await stillServes(t, port);
  });
}

test('CVE-2024-37890 more headers than the server counts: 400/431, the process lives', async (t) => {
  const many = Array.from({ length: 3000 }, (_, i) => `x${i % 10}: y`);
  const { port } = await startServer(t);
  const roomy = await startRoomyServer(t);
  const drowned = upgradeRequest().replace('Upgrade:', `${many.join('\r\n')}\r\nUpgrade:`);
  const long = upgradeRequest(many.map((line) => `${line}${'y'.repeat(10)}`));
  assert.match(await answerTo(t, port, long), /^HTTP\/1\.1 431 /);
  for (const at of [port, roomy]) {
    assert.match(await answerTo(t, at, drowned), /^HTTP\/1\.1 (400|431) /);
    // Those that matter come first and are counted; Node 24 takes no more than its count.
    const { head } = await acceptedBy(t, at, upgradeRequest(many));
    assert.match(head, /^HTTP\/1\.1 (101|431) /);
  }
  await stillServes(t, port);
  await stillServes(t, roomy);
});

/** Writes a head that never ends, in writes of 100 bytes, until the other end has had enough. */
async function pourHead(raw: net.Socket, start: string): Promise<void> {
  raw.resume();
  raw.write(start);
  const piece = Buffer.alloc(100, 'x');
  let sent = 0;
  for (; sent < 20_000_000 && !raw.destroyed; sent += piece.length) {
    await new Promise<void>((resolve) => raw.write(piece, () => resolve()));
    // The other end, in this process, gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(sent < 20_000_000, 'the other end has read on');
}

/** What may be read of it: the limit of heads, and a chunk. */
const mostReadBytes = 16 * kibibyte + 64 * kibibyte;

test('CVE-2023-43669 a head of 20 MB in writes of 100 bytes is cut at the limit, our server', async (t) => {
  const web = http.createServer();
  const connected = once(web, 'connection') as Promise<[net.Socket]>;
  const port = await startServerOn(t, web);
  await pourHead(await openRaw(t, port, ''), 'GET / HTTP/1.1\r\nX: ');
  const [socket] = await connected;
  assert.ok(socket.bytesRead <= mostReadBytes, `${socket.bytesRead} bytes were read`);
  await stillServes(t, port);
});

test('CVE-2023-43669 a head of 20 MB in writes of 100 bytes is cut at the limit, our client', async (t) => {
  const { port, connection } = await listenRaw(t);
  let socket: net.Socket | undefined;
  const client = startClient(t, `ws://127.0.0.1:${port}/`, [], {
    finishRequest: (request) => {
      request.end();
      if (request.socket !== null) socket = request.socket;
      else request.once('socket', (given) => (socket = given));
    },
  });
  const closed = closeOf(client);
  await pourHead(await connection, 'HTTP/1.1 101 Switching Protocols\r\nX: ');
  assert.equal((await closed).code, 1006);
  assert.ok(socket!.bytesRead <= mostReadBytes, `${socket!.bytesRead} bytes were read`);
});
