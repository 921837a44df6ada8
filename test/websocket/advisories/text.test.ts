/** Text that is none, wrong masks, malformed frames: told at once, with nobody listening. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../../src/websocket/index.ts';
import { roles } from '../../../testing/conformance-peer.ts';
import { connectHostilePeer, hostileFrame } from '../../../testing/hostile-peers.ts';

const kibibyte = 1024;

for (const role of roles) {
  test(`an invalid byte in the first KiB of an unfinished 1 MiB text closes with 1007 at once, our ${role}`, async (t) => {
    for (const at of [0, 500, kibibyte - 15]) {
      const { peer, raw, victim, closed } = await connectHostilePeer(t, role);
      const payload = Buffer.alloc(kibibyte * kibibyte, 'x');
      payload[at] = 0xff;
      // Not a byte more is sent until the answer is there.
      raw.write(hostileFrame(role, Opcode.text, payload).subarray(0, kibibyte));
      await peer.frames(1);
      assert.equal(peer.received[0]?.opcode, Opcode.close);
      assert.equal(peer.received[0]?.payload.readUInt16BE(0), 1007);
      peer.endAfterClose();
      assert.equal((await closed).code, 1006);
      assert.equal(victim.outcome?.error?.code, 'ERR_WS_INVALID_UTF8');
    }
  });
}

test('aio-libs/aiohttp#12677 a server refuses unmasked frames, a client masked ones', async (t) => {
  for (const [role, error] of [
    ['server', 'ERR_WS_MASK_REQUIRED'],
    ['client', 'ERR_WS_MASK_FORBIDDEN'],
  ] as const) {
    for (const opcode of [Opcode.text, Opcode.binary, Opcode.ping, Opcode.close]) {
      const { peer, victim, closed } = await connectHostilePeer(t, role);
      await peer.send({ opcode, payload: Buffer.alloc(2), wrongMask: true });
      peer.endAfterClose();
      assert.equal((await closed).code, 1006);
      assert.equal(victim.outcome?.error?.code, error);
      assert.equal(peer.received[0]?.payload.readUInt16BE(0), 1002);
    }
  }
});

/** What is sent to an end that nobody listens to, one after the other on connections of their own. */
const malformed: { name: string; bytes: string }[] = [
  { name: 'a reserved bit', bytes: 'f1 00' },
  { name: 'an unknown opcode', bytes: '83 00' },
  { name: 'a continuation of nothing', bytes: '80 00' },
  { name: 'a ping in fragments', bytes: '09 00' },
  { name: 'a ping of 126 bytes', bytes: '89 7e 00 7e' },
  { name: 'a long length that is short', bytes: '82 7e 00 01' },
  { name: 'a length of 2^63', bytes: '82 7f 80 00 00 00 00 00 00 00' },
  { name: 'a close of one byte', bytes: '88 01 00' },
  { name: 'a close with 1005', bytes: '88 02 03 ed' },
  { name: 'a close with a reason that is no text', bytes: '88 03 03 e8 ff' },
  { name: 'text that is none', bytes: '81 01 ff' },
  { name: 'HTTP', bytes: '47 45 54 20 2f 20 48 54 54 50' },
  { name: 'zeros', bytes: '00 00 00 00 00 00 00 00 00 00' },
];

for (const role of roles) {
  for (const { name, bytes } of malformed) {
    test(`CVE-2024-38355 ${name}: nobody listens, the process lives, our ${role}`, async (t) => {
      const { raw, victim, closed } = await connectHostilePeer(t, role);
      const [first = 0, second = 0, ...rest] = Buffer.from(bytes.replaceAll(' ', ''), 'hex');
      const long = { 126: 2, 127: 8 }[second] ?? 0;
      const [length, payload] = [rest.slice(0, long), rest.slice(long)];
      const key = role === 'server' ? [0, 0, 0, 0] : [];
      const mask = role === 'server' ? 0b1000_0000 : 0;
      raw.end(Buffer.from([first, second | mask, ...length, ...key, ...payload]));
      assert.equal((await closed).code, 1006);
      assert.notEqual(victim.outcome?.error, undefined);
      assert.equal(victim.listenerCount('error'), 0);
    });
  }
}
