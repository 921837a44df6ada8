/**
 * A program to be attacked: our server, our client, and an answer to how much memory they hold.
 *
 * Spec      -
 * Next      testing/victims.ts - starts it, attacks it, asks it
 * Left out  listeners for `error`
 *
 *   ws /echo, /compressed      echoes messages; the latter with permessage-deflate
 *   GET /connect?port=N        connects our client to that port, which echoes too; &compressed=1
 *   GET /figures               what it knows as JSON; ?gc=1 collects garbage before
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from '../src/websocket/index.ts';
import type { VictimFigures } from './victims.ts';

const collectGarbage = (globalThis as { gc?: () => void }).gc;
if (collectGarbage === undefined) throw new Error('run this with --expose-gc');

let latest: WebSocket | undefined;
let [opened, closed, pings, messages] = [0, 0, 0, 0];
let error: string | undefined;

function meet(socket: WebSocket): void {
  latest = socket;
  opened++;
  pings = 0;
  messages = 0;
  error = undefined;
  socket.on('ping', () => pings++);
  socket.on('message', (data, isBinary) => {
    messages++;
    socket.send(data, { binary: isBinary });
  });
  socket.on('close', () => {
    closed++;
    error = socket.outcome?.error?.code;
  });
}

async function figures(afterGc: boolean): Promise<VictimFigures> {
  for (let times = 0; afterGc && times < 2; times++) {
    await nextTurn();
    collectGarbage!();
  }
  const { heapUsed, external } = process.memoryUsage();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const bufferedBytes = latest?.bufferedAmount ?? 0;
  const memoryBytes = heapUsed + external;
  return { memoryBytes, peakBytes, bufferedBytes, opened, closed, pings, messages, error };
}

const web = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  if (pathname === '/connect') {
    const perMessageDeflate = searchParams.has('compressed');
    const client = new WebSocket(`ws://127.0.0.1:${searchParams.get('port')}/`, {
      perMessageDeflate,
    });
    const refused = () => process.exit(1);
    client.once('close', refused);
    client.once('open', () => {
      client.off('close', refused);
      meet(client);
    });
    response.end();
  } else {
    void figures(searchParams.has('gc')).then((all) => response.end(JSON.stringify(all)));
  }
});
for (const [path, perMessageDeflate] of [
  ['/echo', false],
  ['/compressed', true],
] as const) {
  const server = new WebSocketServer({ server: web, path, perMessageDeflate });
  server.on('connection', (socket) => meet(socket));
}
web.listen(0, '127.0.0.1', () => {
  console.log(`victim at ${(web.address() as AddressInfo).port}`);
});
