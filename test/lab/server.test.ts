import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import { developmentNames, startLab } from '../../src/lab/index.ts';
import { startTestLab } from '../../testing/lab.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

test('listens on both loopback addresses, where there are both, on one port', async (t) => {
  const lab = await startTestLab(t);
  const port = Number(new URL(lab.url).port);
  const addresses = ['127.0.0.1'];
  const probe = net.createServer().listen(0, '::1');
  const hasIpv6 = await Promise.race([
    once(probe, 'listening').then(() => true),
    once(probe, 'error').then(() => false),
  ]).catch(() => false);
  probe.close();
  if (hasIpv6) addresses.push('::1');
  for (const host of addresses) {
    const socket = net.connect({ host, port });
    await once(socket, 'connect');
    socket.destroy();
  }
  assert.match(lab.url, /^https:\/\/localhost:\d+\/$/);
  assert.match(lab.httpUrl ?? '', /^http:\/\/localhost:\d+\/$/);
});

test('a port that is taken is told by address and number, and nothing stays open', async (t) => {
  const lab = await startTestLab(t);
  const taken = Number(new URL(lab.httpUrl ?? '').port);
  const folder = `${temporaryFolder(t)}/x`;
  const options = { folder, log: () => {} };
  for (const ports of [
    { port: taken, httpPort: undefined },
    { port: 0, httpPort: taken },
  ]) {
    await assert.rejects(startLab({ ...options, ...ports }), {
      name: 'ListenError',
      message: `cannot listen on 127.0.0.1 port ${taken}: another program has this port`,
    });
  }
});

test('a host of one’s own gets into the certificate; one that is anybody’s does not', async (t) => {
  const lab = await startTestLab(t, { host: '127.0.0.2', httpPort: undefined });
  assert.match(lab.url, /^https:\/\/127\.0\.0\.2:\d+\/$/);
  assert.equal(lab.httpUrl, undefined);
  const folder = `${temporaryFolder(t)}/x`;
  const options = { port: 0, httpPort: 0, folder, log: () => {}, host: 'example.com' };
  await assert.rejects(startLab(options), /server name "example\.com": the root vouches only for/);
  assert.equal(developmentNames[0], 'localhost');
});
