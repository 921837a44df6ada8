import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { readStart } from '../../../src/websocket/io/response-start.ts';

const endings: { name: string; act: (body: PassThrough, stop: () => void) => void }[] = [
  { name: 'its end', act: (body) => body.end() },
  { name: 'a break', act: (body) => body.destroy() },
  { name: 'an error', act: (body) => body.destroy(new Error('reset')) },
  { name: 'the caller', act: (_body, stop) => stop() },
];
for (const { name, act } of endings) {
  test(`the start of a body is told once, ended by ${name}`, async () => {
    const body = new PassThrough();
    const texts: string[] = [];
    const stop = readStart(body, 8, (text) => texts.push(text));
    const arrived = once(body, 'data');
    body.write('abc');
    await arrived;
    const closed = new Promise((resolve) => body.once('close', resolve));
    act(body, stop);
    if (name === 'the caller') body.end('more');
    await closed;
    stop();
    assert.deepEqual(texts, ['abc']);
  });
}

const bodies = [
  { name: 'nothing', chunks: [], want: '' },
  { name: 'all of it', chunks: ['1234', '5678'], want: '12345678' },
  { name: 'no more than asked for', chunks: ['1234', '56789', '0'], want: '12345678' },
  { name: 'no half character', chunks: ['1234567\u20ac'], want: '1234567' },
];
for (const { name, chunks, want } of bodies) {
  test(`the start of a body: ${name}`, async () => {
    const body = new PassThrough();
    const text = new Promise((resolve) => readStart(body, 8, resolve));
    for (const chunk of chunks) body.write(chunk);
    body.end();
    assert.equal(await text, want);
  });
}
