/**
 * What the programs in test/websocket/programs/ stand on: addresses, inboxes, and an end for all.
 *
 * Spec      -; only what npm ws has too, so that the same programs can be judged by it
 * Next      test/websocket/programs/
 * Left out  everything that is ours alone: testing/websocket-peers.ts
 */
import { on, once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import * as net from 'node:net';
import type { TestContext } from 'node:test';
import type { WebSocket, WebSocketServer } from '../src/websocket/index.ts';

/** Ends a WebSocket server and its connections with the test. */
export function ending(t: TestContext, wss: WebSocketServer): WebSocketServer {
  t.after(() => {
    for (const client of wss.clients ?? []) client.terminate();
    wss.close();
  });
  return wss;
}

/** Waits until a WebSocket server listens; its address, without a path. */
export async function listening(t: TestContext, wss: WebSocketServer): Promise<string> {
  ending(t, wss);
  await once(wss, 'listening');
  return `ws://127.0.0.1:${(wss.address() as net.AddressInfo).port}`;
}

/** Makes an HTTP server listen until the end of the test; its host and port. */
export async function listen(t: TestContext, server: Server | HttpsServer): Promise<string> {
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

/** The messages of a connection from now on, as text, one by one. */
export function texts(ws: WebSocket): () => Promise<string> {
  const messages = on(ws, 'message');
  return async () => {
    const { value } = (await messages.next()) as { value: [data: Buffer, isBinary: boolean] };
    return value[0].toString();
  };
}

/** How a connection closed, from now on. */
export async function closed(ws: WebSocket): Promise<[code: number, reason: string]> {
  return await new Promise((resolve) => {
    ws.once('close', (code, reason) => resolve([code, reason.toString()]));
  });
}

/** The request of a client by hand; the lines given replace those of the same name. */
export function requestByHand(lines: Record<string, string | undefined> = {}): string {
  const all: Record<string, string | undefined> = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...lines,
  };
  const kept = Object.entries(all).filter(([, value]) => value !== undefined);
  return `GET / HTTP/1.1\r\n${kept.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** Sends bytes to a port and answers all that comes back until the end. */
export async function exchange(host: string, bytes: string): Promise<string> {
  const [address = '', port = ''] = host.split(':');
  const socket = net.connect({ host: address, port: Number(port) });
  let got = '';
  socket.setEncoding('latin1').on('data', (text) => (got += String(text)));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return got;
}
