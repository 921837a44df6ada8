/** What our end sends by itself; the peer checks the form of every frame. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  binary,
  connectPeer,
  describeFrame,
  ping,
  pong,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';

for (const role of roles) {
  test(`§6.1 each message is one frame of its kind, with fin, in order, our ${role}`, async (t) => {
    const { peer, subject } = await connectPeer(t, role);
    const bytes = Buffer.from('00ff80', 'hex');
    subject.send('text');
    subject.send(bytes);
    subject.send('');
    subject.ping('?');
    subject.pong('!');
    await peer.frames(5);
    const want = [text('text'), binary(bytes), text(), ping('?'), pong('!')];
    assert.deepEqual(peer.received.map(describeFrame), want.map(describeFrame));
  });

  for (const length of [0, 125, 126, 65535, 65536]) {
    test(`§5.2 ${length} bytes are sent in the shortest form, our ${role}`, async (t) => {
      const { peer, subject } = await connectPeer(t, role);
      const message = binary(Buffer.alloc(length, 0xfe));
      subject.send(message.payload);
      await peer.frames(1);
      assert.deepEqual(peer.received.map(describeFrame), [describeFrame(message)]);
    });
  }

  test(`§10.3 what the caller does to bytes after send is not seen, our ${role}`, async (t) => {
    const { peer, subject } = await connectPeer(t, role);
    const bytes = Buffer.from('before');
    subject.send(bytes);
    bytes.fill('x');
    await peer.frames(1);
    assert.equal(String(peer.received[0]?.payload), 'before');
    assert.equal(String(bytes), 'xxxxxx');
  });

  test(`§8.1 a lone surrogate is sent as U+FFFD, our ${role}`, async (t) => {
    const { peer, subject } = await connectPeer(t, role);
    subject.send('a\ud800b');
    await peer.frames(1);
    assert.deepEqual(peer.received.map(describeFrame), [describeFrame(text('a\ufffdb'))]);
  });

  test(`§5.5 a ping, a pong or a reason that is too long is not sent, our ${role}`, async (t) => {
    const { peer, subject } = await connectPeer(t, role);
    assert.throws(() => subject.ping(Buffer.alloc(126)), RangeError);
    assert.throws(() => subject.pong(Buffer.alloc(126)), RangeError);
    assert.throws(() => subject.close(1000, 'r'.repeat(124)), RangeError);
    subject.send('still open');
    await peer.frames(1);
    assert.equal(describeFrame(peer.received[0]!), describeFrame(text('still open')));
  });

  test(`§7.4.1 a code that must not be sent is not, our ${role}`, async (t) => {
    const { peer, subject } = await connectPeer(t, role);
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2000, 5000]) {
      assert.throws(() => subject.close(code), new RegExp(String(code)));
    }
    subject.send('still open');
    await peer.frames(1);
    assert.equal(describeFrame(peer.received[0]!), describeFrame(text('still open')));
  });
}

test('§5.3 our client draws a fresh masking key for each frame', async (t) => {
  const { peer, subject } = await connectPeer(t, 'client');
  for (let i = 0; i < 500; i++) subject.send('the same text');
  await peer.frames(500);
  // Two of 500 random numbers of 32 bits are equal once in 34,000 runs; nine never are.
  assert.ok(new Set(peer.maskingKeys).size > 490);
  const steps = peer.maskingKeys.slice(1).map((key, i) => (key - peer.maskingKeys[i]!) >>> 0);
  assert.ok(new Set(steps).size > 490, 'the next key does not follow from the last');
  // The bits of 500 keys are about half ones: 16,000 bits, and 600 is nine times the deviation.
  const ones = peer.maskingKeys.reduce((sum, key) => sum + onesOf(key), 0);
  assert.ok(Math.abs(ones - 8000) < 600, `${ones} bits of 16,000 are set`);
});

function onesOf(key: number): number {
  return key.toString(2).replaceAll('0', '').length;
}
