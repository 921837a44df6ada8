import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import {
  createHttpsServer,
  createRedirectServer,
  listen,
  ListenError,
  respondText,
} from '../../../src/http/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { ask, readAll } from '../../../testing/http-peers.ts';

// Every 127.x.y.z is an address of this machine, where there is no ::1 as well.
const hasIpv6 = Object.values(networkInterfaces()).flat().some((face) => face?.address === '::1');
const second = hasIpv6 ? '::1' : '127.0.0.2';

const location = () => 'https://localhost:8443/';

async function httpsServer(hostsSeen: string[]) {
  const { key, cert } = await testCredentials();
  return createHttpsServer({
    key,
    cert,
    handler: (exchange) => {
      hostsSeen.push(exchange.request.socket.localAddress ?? '');
      respondText(exchange, 'hello');
    },
  });
}

test('one server, two addresses, one port', async (t) => {
  const seen: string[] = [];
  const hosts = ['127.0.0.1', second] as const;
  const listener = await listen(await httpsServer(seen), { port: 0, hosts });
  t.after(() => listener.close());
  assert.deepEqual(listener.addresses, hosts);
  for (const host of hosts) {
    const options = host === '127.0.0.2' ? { host, servername: 'localhost' } : { host };
    assert.equal((await ask(listener.port, '/', options)).body, 'hello');
  }
  assert.deepEqual(seen, hosts);
  await listener.close();
  for (const host of hosts) {
    await assert.rejects(ask(listener.port, '/', { host }), { code: 'ECONNREFUSED' });
  }
});

test('the further address keeps the limits of the server: 431, 408', async (t) => {
  const server = createRedirectServer({
    location,
    maxHeaderBytes: 500,
    headersTimeoutMs: 20,
    requestTimeoutMs: 20,
    timeoutCheckIntervalMs: 10,
  });
  const listener = await listen(server, { port: 0, hosts: ['127.0.0.1', second] });
  t.after(() => listener.close());
  const send = async (bytes: string) => {
    const socket = net.connect({ host: second, port: listener.port });
    t.after(() => socket.destroy());
    socket.write(bytes);
    return (await readAll(socket)).split('\r\n')[0];
  };
  assert.equal(await send('GET / HT'), 'HTTP/1.1 408 Request Timeout');
  const long = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(600)}\r\n\r\n`;
  assert.equal(await send(long), 'HTTP/1.1 431 Request Header Fields Too Large');
  assert.equal(await send('nonsense\r\n\r\n'), 'HTTP/1.1 400 Bad Request');
});

test('a further address that this machine does not have is left out', async (t) => {
  // 192.0.2.1 is for documentation (RFC 5737): nobody has it.
  const server = createRedirectServer({ location });
  const listener = await listen(server, { port: 0, hosts: ['127.0.0.1', '192.0.2.1', '127.0.0.2'] });
  t.after(() => listener.close());
  assert.deepEqual(listener.addresses, ['127.0.0.1', '127.0.0.2']);
});

test('the first address must be there', async () => {
  await assert.rejects(
    listen(createRedirectServer({ location }), { port: 0, hosts: ['192.0.2.1'] }),
    { name: 'ListenError', code: 'EADDRNOTAVAIL', address: '192.0.2.1', port: 0 },
  );
});

test('a port that is taken: the error names address and port, and nothing listens', async (t) => {
  const other = net.createServer().listen(0, '127.0.0.2');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as net.AddressInfo;
  for (const hosts of [['127.0.0.2'], ['127.0.0.1', '127.0.0.2']] as [string, ...string[]][]) {
    const server = createRedirectServer({ location });
    await assert.rejects(listen(server, { port, hosts }), (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(error.code, 'EADDRINUSE');
      const want = `cannot listen on 127.0.0.2 port ${port}: another program has this port`;
      assert.equal(error.message, want);
      return true;
    });
    assert.equal(server.listening, false);
  }
});

test('port 0: one that is taken on the further address is given back, another one picked', async (t) => {
  const server: http.Server = createRedirectServer({ location });
  const taken: number[] = [];
  server.on('listening', () => {
    if (taken.length === 3) return;
    // Just picked for the first address; now it is taken on the second.
    const { port } = server.address() as net.AddressInfo;
    taken.push(port);
    const other = net.createServer().listen(port, '127.0.0.2');
    t.after(() => other.close());
  });
  const listener = await listen(server, { port: 0, hosts: ['127.0.0.1', '127.0.0.2'] });
  t.after(() => listener.close());
  assert.equal(taken.length, 3);
  assert.ok(!taken.includes(listener.port));
  assert.equal((await ask(listener.port, '/', { plain: true, host: '127.0.0.2' })).status, 308);
});

test('port 0: gives up where every port is taken', async () => {
  const server = createRedirectServer({ location });
  await assert.rejects(listen(server, { port: 0, hosts: ['127.0.0.1', '127.0.0.1'] }), {
    code: 'EADDRINUSE',
  });
  assert.equal(server.listening, false);
});
