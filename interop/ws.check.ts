/** npm ws: our client against its server, its client against our server. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { WebSocket } from 'barewire/websocket';
import type { PerMessageDeflateOptions } from 'ws';
import { WebSocket as WsWebSocket, WebSocketServer as WsServer } from 'ws';
import { checkReport, compressions, converse, script, sendInPieces } from './conversation.ts';
import { holdWithEmitter } from './event-ends.ts';

test('the client of ws against our server', async (t) => {
  await converse(t, (url) => holdWithEmitter(() => new WsWebSocket(url, [...script.offers])));
});

test('our client against our server', async (t) => {
  await converse(t, (url) => holdWithEmitter(() => new WebSocket(url, [...script.offers])));
});

for (const compression of compressions) {
  const { perMessageDeflate, inPieces, name } = compression;
  test(`the client of ws against our server, ${name}`, async (t) => {
    const open = (url: string) => () =>
      new WsWebSocket(url, [...script.offers], { perMessageDeflate: { threshold: 0 } });
    await converse(t, (url) => holdWithEmitter(open(url), inPieces), compression);
  });

  test(`our client against our server, ${name}`, async (t) => {
    const open = (url: string) => () =>
      new WebSocket(url, [...script.offers], { perMessageDeflate });
    await converse(t, (url) => holdWithEmitter(open(url), inPieces), compression);
  });
}

const plain = { name: 'as it comes', perMessageDeflate: false, inPieces: false };
for (const { perMessageDeflate, inPieces, name } of [plain, ...compressions]) {
  test(`our client against a server of ws, ${name}`, async (t) => {
    const server = new WsServer({
      host: '127.0.0.1',
      port: 0,
      perMessageDeflate: perMessageDeflate as boolean | PerMessageDeflateOptions,
      handleProtocols: () => 'barewire.echo',
    });
    const closes: { code: number; reason: string }[] = [];
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => {
        const text = isBinary ? undefined : String(data);
        if (text === 'ping me') {
          socket.once('pong', (payload) => socket.send(`pong ${payload.toString()}`));
          socket.ping('are you there?');
        } else if (text === 'close me') {
          socket.close(script.byServer.code, script.byServer.reason);
        } else if (inPieces) {
          sendInPieces(socket, text ?? (data as Buffer));
        } else {
          socket.send(data, { binary: isBinary });
        }
      });
      socket.on('close', (code, reason) => {
        closes.push({ code, reason: reason.toString() });
        server.emit('over');
      });
    });
    t.after(() => {
      for (const client of server.clients) client.terminate();
      server.close();
    });
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const clients: WebSocket[] = [];
    const open = () => {
      const client = new WebSocket(url, [...script.offers]);
      clients.push(client);
      return client;
    };
    checkReport(await holdWithEmitter(open, inPieces));
    const agreed = perMessageDeflate === false ? '' : 'permessage-deflate';
    assert.deepEqual(
      clients.map(({ extensions }) => extensions),
      [agreed, agreed],
    );
    while (closes.length < 2) await once(server, 'over');
    const [first, second] = closes;
    assert.deepEqual([first?.code, second], [script.byServer.code, script.byClient]);
  });
}
