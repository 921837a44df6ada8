import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestLab } from '../../testing/lab.ts';
import { closeOf, startClient, textOf } from '../../testing/websocket-peers.ts';
import { Endpoints } from '../../src/lab/endpoints.ts';

test('each endpoint answers at its path over wss', async (t) => {
  const lab = await startTestLab(t);
  const options = { ca: lab.credentials.authorityCertificate };
  const at = (path: string) => lab.url.replace('https', 'wss').replace(/\/$/, path);

  const gnip = startClient(t, at('/ping-gnip'), [], options);
  gnip.on('open', () => gnip.send('Hello'));
  assert.equal(await textOf(gnip), 'olleH');

  const countdown = startClient(t, at('/countdown?x'), [], options);
  countdown.on('open', () => countdown.send('1'));
  assert.equal(await textOf(countdown), '0');

  const chat = startClient(t, at('/chat'), ['other', 'barewire.chat.v1'], options);
  chat.on('open', () => chat.send('{"type":"join","room":"lobby","name":"Ann"}'));
  const joined = JSON.parse(await textOf(chat)) as { type: string; members: string[] };
  assert.equal(chat.protocol, 'barewire.chat.v1');
  assert.deepEqual([joined.type, joined.members], ['joined', ['Ann']]);
  assert.equal(lab.lines.filter((line) => / GET \/\S+ 101 /.test(line)).length, 3);
});

test('other paths and foreign pages are refused, and logged', async (t) => {
  const lab = await startTestLab(t);
  const ca = lab.credentials.authorityCertificate;
  const base = lab.url.replace('https', 'wss');
  const cases = [
    { url: `${base}nothing`, status: 404 },
    { url: `${base}chat`, origin: 'https://evil.example', status: 403 },
    { url: `${base}chat`, origin: 'https://localhost:1', status: 403 },
  ];
  for (const { url, status, ...options } of cases) {
    const client = startClient(t, url, [], { ca, ...options });
    const error = await new Promise<Error & { status?: number }>((resolve) =>
      client.on('error', resolve),
    );
    assert.equal(error.status, status);
  }
  assert.deepEqual(
    lab.lines.map((line) => / (\d{3}) /.exec(line)?.[1]),
    ['404', '403', '403'],
  );
});

test('a client without the authority is refused by itself', async (t) => {
  const lab = await startTestLab(t);
  const client = startClient(t, lab.url.replace('https', 'wss'));
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => client.on('error', resolve));
  assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('shutdown closes with 1001', async (t) => {
  const lab = await startTestLab(t);
  const ca = lab.credentials.authorityCertificate;
  const client = startClient(t, `${lab.url.replace('https', 'wss')}chat`, [], { ca });
  await once(client, 'open');
  const closed = closeOf(client);
  await lab.shutdown();
  assert.equal((await closed).code, 1001);
  await new Endpoints(() => {}).shutdown(0);
});
