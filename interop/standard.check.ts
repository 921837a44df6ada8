/** The WebSocket classes of the standard: undici's, Node's own, Chromium's. */
import { once } from 'node:events';
import * as http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { WebSocket as UndiciWebSocket } from 'undici';
import { startBrowser } from '../testing/browser.ts';
import { startProgram } from '../testing/program.ts';
import { testWith } from '../testing/tools.ts';
import { compressions, converse, script } from './conversation.ts';
import type { Report } from './conversation.ts';
import { holdWithStandard } from './event-ends.ts';
import type { StandardSocket } from './event-ends.ts';

type SocketClass = new (url: string, protocols: string[]) => StandardSocket;

/** The conversation as a text to run elsewhere. */
function programFor(url: string): string {
  return `(${holdWithStandard.toString()})(WebSocket, ${JSON.stringify(url)}, ${JSON.stringify(script)})`;
}

for (const compression of [undefined, ...compressions]) {
  test(`the WebSocket of undici, ${compression?.name ?? 'as it comes'}`, async (t) => {
    const ours = UndiciWebSocket as unknown as SocketClass;
    await converse(t, (url) => holdWithStandard(ours, url, script), compression);
  });
}

/** This Node if it has a WebSocket of its own, else the one that came as a package. */
function nodeWithWebSocket(): string {
  if ('WebSocket' in globalThis) return process.execPath;
  const manifest = createRequire(import.meta.url).resolve('node/package.json');
  return join(dirname(manifest), 'bin', 'node');
}

test('the WebSocket of Node', async (t) => {
  await converse(t, async (url) => {
    const text = `${programFor(url)}.then((report) => console.log(JSON.stringify(report)))`;
    const node = startProgram(t, nodeWithWebSocket(), ['-e', text]);
    return JSON.parse(await node.line(/^\{/)) as Report;
  });
});

testWith(['chromium'], 'the WebSocket of Chromium, as it comes and compressed', async (t) => {
  const browser = await startBrowser(t);
  const hold = async (url: string) => {
    const text = `${programFor(url)}.then((report) => { window.report = report; },
      (error) => { window.report = String(error); })`;
    const pages = http.createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(`<!doctype html><title>talks</title><script>${text}</script>`);
    });
    t.after(() => pages.close());
    t.after(() => pages.closeAllConnections());
    pages.listen(0, '127.0.0.1');
    await once(pages, 'listening');
    const { port } = pages.address() as AddressInfo;
    const page = await browser.open(`http://127.0.0.1:${port}/`);
    return (await page.waitFor('window.report')) as Report;
  };
  for (const compression of [undefined, ...compressions]) await converse(t, hold, compression);
});
