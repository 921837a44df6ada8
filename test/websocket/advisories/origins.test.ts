/** Pages of other sites, and names that were made to point here. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from '../../../src/websocket/index.ts';
import {
  acceptedBy,
  answerTo,
  startServer,
  upgradeRequest,
} from '../../../testing/websocket-peers.ts';

/** What a browser says of a page, `PORT` being the server's; and whether it may connect. */
const origins: { lines: string[]; listed?: boolean; same?: boolean }[] = [
  { lines: [], same: true, listed: true },
  { lines: ['Origin: http://localhost:PORT'], same: true },
  { lines: ['Origin: HTTP://LOCALHOST:PORT'], same: true },
  { lines: ['Origin: http://localhost'] },
  { lines: ['Origin: http://localhost:1'] },
  { lines: ['Origin: http://127.0.0.1:PORT'] },
  { lines: ['Origin: http://[::1]:PORT'] },
  { lines: ['Origin: https://example.com'], listed: true },
  { lines: ['Origin: https://EXAMPLE.com:443'], listed: true },
  { lines: ['Origin: http://example.com'] },
  { lines: ['Origin: https://example.com:8443'] },
  { lines: ['Origin: https://evil-example.com'] },
  { lines: ['Origin: https://example.com.evil.org'] },
  { lines: ['Origin: https://www.example.com'] },
  { lines: ['Origin: https://evil.org/https://example.com'] },
  { lines: ['Origin: https://example.com@evil.org'] },
  { lines: ['Origin: https://evil.org, https://example.com'] },
  { lines: ['Origin: null'] },
  { lines: ['Origin: '] },
  { lines: ['Origin: *'] },
  { lines: ['Origin: https://evil.org', 'Origin: https://example.com'] },
  { lines: ['Origin: https://example.com', 'Origin: https://evil.org'] },
];

test('CVE-2022-42975 who may connect: names that look alike, ports, schemes, null, several', async (t) => {
  const servers = {
    same: await startServer(t),
    listed: await startServer(t, { allowedOrigins: ['https://example.com'] }),
  };
  for (const [setting, { port }] of Object.entries(servers)) {
    for (const { lines, same = false, listed = false } of origins) {
      const wanted = (setting === 'same' ? same : listed) ? 101 : 403;
      const filled = lines.map((line) => line.replace('PORT', String(port)));
      const request = upgradeRequest(filled).replace('127.0.0.1', `localhost:${port}`);
      const name = `${setting}: ${filled.join(' ')}`;
      if (wanted === 101) {
        const { head, raw } = await acceptedBy(t, port, request);
        assert.match(head, /^HTTP\/1\.1 101 /, name);
        raw.destroy();
      } else {
        assert.match(await answerTo(t, port, request), /^HTTP\/1\.1 403 /, name);
      }
    }
  }
});

test('CVE-2025-24010 without an option: pages of this host only, and no foreign Host on loopback', async (t) => {
  const { server, port } = await startServer(t);
  let connections = 0;
  server.on('connection', () => connections++);
  const rebound = upgradeRequest([`Origin: http://evil.example:${port}`]).replace(
    'Host: 127.0.0.1',
    `Host: evil.example:${port}`,
  );
  const foreign = upgradeRequest([`Origin: http://evil.example`]);
  const hostOnly = upgradeRequest().replace('Host: 127.0.0.1', 'Host: evil.example');
  for (const request of [rebound, foreign, hostOnly]) {
    assert.match(await answerTo(t, port, request), /^HTTP\/1\.1 403 /);
  }
  assert.equal(connections, 0);
});

test('CVE-2025-24010 who wants no check has to say that any page and any name will do', async (t) => {
  const { port } = await startServer(t, { allowedOrigins: 'any', allowedHosts: 'any' });
  const request = upgradeRequest(['Origin: http://evil.example']);
  await acceptedBy(t, port, request.replace('Host: 127.0.0.1', 'Host: evil.example'));
  // Neither true, nor '*', nor an entry that would match everything opens the server.
  for (const value of [true, '*', ['*'], ['https://*.example.com'], [/.*/], null, undefined]) {
    const options = { allowedOrigins: value as 'any', allowedHosts: undefined };
    const open = startServer(t, options).then(async (other) => {
      assert.match(await answerTo(t, other.port, request), /^HTTP\/1\.1 403 /);
    });
    await open.catch((error: unknown) => assert.ok(error instanceof TypeError, String(error)));
  }
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(client, 'open');
  client.terminate();
});
