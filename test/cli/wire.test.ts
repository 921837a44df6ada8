import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Wire } from '../../src/cli/wire.ts';
import { response, startRaw } from '../../testing/raw-servers.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

/** Makes requests one after the other, each observed. */
async function ask(t: TestContext, wire: Wire, times: number): Promise<void> {
  const port = await startRaw(t, (_request, socket) => void socket.end(response(404)));
  for (let i = 0; i < times; i++) {
    const request = http.request({ port, host: '127.0.0.1', agent: false, path: `/${i}` });
    wire.observe(request);
    request.end();
    await new Promise<void>((resolve) => {
      request.on('response', (answer) => answer.resume().on('close', resolve));
    });
  }
}

const digits = (text: string) => Buffer.from(text).toString('hex').replace(/../g, ' $&');

test('each connection has a capture file of its own', async (t) => {
  const captureFile = join(temporaryFolder(t), 'capture');
  const wire = new Wire({ trace: false, captureFile, note: (text) => assert.fail(text) });
  await ask(t, wire, 2);
  assert.equal(wire.close(), true);
  for (const [name, path] of [
    [captureFile, '/0'],
    [`${captureFile}.2`, '/1'],
  ] as const) {
    const text = readFileSync(name, 'utf8');
    assert.ok(text.includes(`\n>${digits(`GET ${path} HTTP/1.1`)}`), text);
    assert.ok(text.includes(`\n<${digits('HTTP/1.1 404')}`), text);
  }
});

test('a later file that is there is kept, and told', async (t) => {
  const captureFile = join(temporaryFolder(t), 'capture');
  writeFileSync(`${captureFile}.2`, 'precious');
  const notes: string[] = [];
  const wire = new Wire({ trace: false, captureFile, note: (text) => notes.push(text) });
  await ask(t, wire, 2);
  assert.equal(wire.close(), false);
  assert.equal(readFileSync(`${captureFile}.2`, 'utf8'), 'precious');
  assert.match(notes.join(), /^barewire: the capture is not complete: .*there is such a file/);
});

test('a trace begins anew with each connection', async (t) => {
  const notes: string[] = [];
  const wire = new Wire({ trace: true, captureFile: undefined, note: (text) => notes.push(text) });
  await ask(t, wire, 2);
  const said = notes.filter((text) => /handshake:/.test(text)).map((text) => text.split('\n')[1]);
  assert.equal(said.length, 4);
  assert.match(said.join('\n'), /^ {2}GET \/0 .*\n.* 404 .*\n {2}GET \/1 .*\n.* 404 /);
});
