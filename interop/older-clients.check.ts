/** The clients of the npm packages `websocket` and `faye-websocket`. */
import { on, once } from 'node:events';
import { test } from 'node:test';
import faye from 'faye-websocket';
import websocket from 'websocket';
import type { connection as Connection, Message } from 'websocket';
import { bytesOf, compressions, converse, script } from './conversation.ts';
import type { Report } from './conversation.ts';

test('the client of websocket', async (t) => {
  await converse(t, holdWithWebsocket);
});

test('the client of websocket, which cannot compress, where our server would', async (t) => {
  const [compression] = compressions;
  await converse(t, holdWithWebsocket, compression, false);
});

async function holdWithWebsocket(url: string): Promise<Report> {
  const connect = async (): Promise<Connection> => {
    const client = new websocket.client({ maxReceivedFrameSize: 2 ** 21 });
    const failed = once(client, 'connectFailed').then(([error]) => Promise.reject(error as Error));
    const connected = once(client, 'connect') as Promise<[Connection]>;
    client.connect(url, [...script.offers]);
    const [connection] = await Promise.race([connected, failed]);
    return connection;
  };
  const connection = await connect();
  const messages = on(connection, 'message');
  const next = async () => ((await messages.next()) as { value: [Message] }).value[0];
  const closed = once(connection, 'close') as Promise<[code: number, reason: string]>;
  const texts: string[] = [];
  for (const text of script.texts) {
    connection.sendUTF(text);
    const message = await next();
    if (message.type === 'utf8') texts.push(message.utf8Data);
  }
  const sizes: number[] = [];
  for (const size of script.sizes) {
    const bytes = bytesOf(size);
    connection.sendBytes(bytes);
    const message = await next();
    if (message.type === 'binary' && bytes.equals(message.binaryData)) sizes.push(size);
  }
  connection.sendUTF('ping me');
  const answer = await next();
  const pong = once(connection, 'pong') as Promise<[Buffer]>;
  connection.ping('mine');
  const [ponged] = await pong;
  connection.sendUTF('close me');
  const [code, reason] = await closed;

  const second = await connect();
  const end = once(second, 'close') as Promise<[code: number, reason: string]>;
  second.close(script.byClient.code, script.byClient.reason);
  const [endCode, endReason] = await end;
  return {
    protocol: String(connection.protocol),
    texts,
    sizes,
    pinged: answer.type === 'utf8' ? answer.utf8Data : '',
    ponged: ponged.toString(),
    byServer: { code, reason },
    byClient: { code: endCode, reason: endReason },
  };
}

test('the client of faye-websocket', async (t) => {
  await converse(t, holdWithFaye);
});

async function holdWithFaye(url: string): Promise<Report> {
  type End = { code: number; reason: string };
  const socket = new faye.Client(url, [...script.offers], { maxLength: 2 ** 21 });
  const messages = on(socket, 'message');
  const next = async () => {
    const { value } = (await messages.next()) as { value: [{ data: string | Buffer }] };
    return value[0].data;
  };
  const closed = once(socket, 'close') as Promise<[End]>;
  await once(socket, 'open');
  const texts: string[] = [];
  for (const text of script.texts) {
    socket.send(text);
    texts.push(String(await next()));
  }
  const sizes: number[] = [];
  for (const size of script.sizes) {
    const bytes = bytesOf(size);
    socket.send(bytes);
    const data = await next();
    if (Buffer.isBuffer(data) && bytes.equals(data)) sizes.push(size);
  }
  socket.send('ping me');
  const pinged = String(await next());
  await new Promise<void>((resolve) => socket.ping('mine', resolve));
  socket.send('close me');
  const [byServer] = await closed;

  const second = new faye.Client(url, [...script.offers]);
  const end = once(second, 'close') as Promise<[End]>;
  await once(second, 'open');
  second.close(script.byClient.code, script.byClient.reason);
  const [byClient] = await end;
  return {
    protocol: socket.protocol,
    texts,
    sizes,
    pinged,
    ponged: 'mine',
    byServer: { code: byServer.code, reason: byServer.reason },
    byClient: { code: byClient.code, reason: byClient.reason },
  };
}
