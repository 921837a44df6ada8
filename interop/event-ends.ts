/**
 * The conversation held by the two kinds of clients: those with `on`, those with `addEventListener`.
 *
 * Spec      npm ws; the WebSocket interface of html.spec.whatwg.org
 * Next      conversation.ts - what has to come of it
 * Left out  -
 */
import { on, once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { bytesOf, script, sendInPieces } from './conversation.ts';
import type { PieceSender, Report } from './conversation.ts';

/** What the classes of npm ws and our own have in common. */
interface EmitterSocket extends EventEmitter, PieceSender {
  protocol: string;
  send(data: string | Buffer): unknown;
  send(data: string | Buffer, options: { fin?: boolean; binary?: boolean }): unknown;
  close(code: number, reason: string): void;
}

/**
 * Holds the conversation with a client that emits `message (data, isBinary)`. `inPieces`: each
 * message is sent in fragments, with pings between them.
 */
export async function holdWithEmitter(
  open: () => EmitterSocket,
  inPieces = false,
): Promise<Report> {
  const say = (socket: EmitterSocket, data: string | Buffer) =>
    inPieces ? sendInPieces(socket, data) : socket.send(data);
  const socket = open();
  const messages = on(socket, 'message');
  const next = async () => {
    const { value } = (await messages.next()) as { value: [data: Buffer, isBinary: boolean] };
    return value;
  };
  const closed = once(socket, 'close') as Promise<[code: number, reason: Buffer]>;
  await once(socket, 'open');
  const texts: string[] = [];
  for (const text of script.texts) {
    say(socket, text);
    const [data, isBinary] = await next();
    if (!isBinary) texts.push(data.toString());
  }
  const sizes: number[] = [];
  for (const size of script.sizes) {
    const bytes = bytesOf(size);
    say(socket, bytes);
    const [data, isBinary] = await next();
    if (isBinary && bytes.equals(data)) sizes.push(size);
  }
  socket.send('ping me');
  const [pinged] = await next();
  const pong = new Promise<Buffer>((resolve) => {
    socket.on('pong', (payload: Buffer) => payload.toString() === 'mine' && resolve(payload));
  });
  socket.ping('mine');
  const ponged = await pong;
  socket.send('close me');
  const [code, reason] = await closed;

  const second = open();
  const end = once(second, 'close') as Promise<[code: number, reason: Buffer]>;
  await once(second, 'open');
  second.close(script.byClient.code, script.byClient.reason);
  const [endCode, endReason] = await end;
  return {
    protocol: socket.protocol,
    texts,
    sizes,
    pinged: pinged.toString(),
    ponged: ponged.toString(),
    byServer: { code, reason: reason.toString() },
    byClient: { code: endCode, reason: endReason.toString() },
  };
}

/** What the function below uses of a WebSocket class; the types of Node 20 know none. */
export interface StandardSocket {
  binaryType: string;
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  addEventListener(
    type: string,
    listener: (event: { data: unknown; code: number; reason: string }) => void,
  ): void;
}

/**
 * Holds the conversation with a WebSocket class of the standard. Everything comes as an argument,
 * for its text is also run in a browser and by another Node.
 */
export async function holdWithStandard(
  WebSocketClass: new (url: string, protocols: string[]) => StandardSocket,
  url: string,
  said: { offers: readonly string[]; texts: readonly string[]; sizes: readonly number[] } & {
    byClient: { code: number; reason: string };
  },
): Promise<Report> {
  const connect = async () => {
    const socket = new WebSocketClass(url, [...said.offers]);
    socket.binaryType = 'arraybuffer';
    const arrived: unknown[] = [];
    let wake = () => {};
    socket.addEventListener('message', ({ data }) => {
      arrived.push(data);
      wake();
    });
    const next = async () => {
      while (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return arrived.shift();
    };
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    });
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`cannot connect to ${url}`)));
    });
    return { socket, next, closed };
  };
  const { socket, next, closed } = await connect();
  const texts: string[] = [];
  for (const text of said.texts) {
    socket.send(text);
    texts.push(String(await next()));
  }
  const sizes: number[] = [];
  for (const size of said.sizes) {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 255);
    socket.send(bytes);
    const data = new Uint8Array((await next()) as ArrayBuffer);
    if (data.length === size && data.every((byte, index) => byte === bytes[index])) {
      sizes.push(size);
    }
  }
  socket.send('ping me');
  const pinged = String(await next());
  socket.send('close me');
  const byServer = await closed;
  const second = await connect();
  second.socket.close(said.byClient.code, said.byClient.reason);
  return {
    protocol: socket.protocol,
    texts,
    sizes,
    pinged,
    byServer,
    byClient: await second.closed,
  };
}
