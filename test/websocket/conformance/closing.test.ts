/** The closing handshake: who says what, once, and what comes after it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  begin,
  close,
  closeBody,
  connectPeer,
  continuation,
  converse,
  describeFrame,
  ping,
  roles,
  text,
} from '../../../testing/conformance-peer.ts';
import type { ConformanceCase } from '../../../testing/conformance-peer.ts';
import { WebSocket } from '../../../src/websocket/index.ts';

const sent = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
const taken = [...sent, 3000, 3999, 4000, 4999];
const notTaken = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];
const long = text('x'.repeat(256 * 1024));
const notUtf8 = Buffer.from('6f6bc328', 'hex');

const cases: ConformanceCase[] = [
  { name: '§5.5.1 a close is answered with its code', chops: [close(1000)], want: { frames: [] } },
  {
    name: '§5.5.1 a close without a body is answered without one',
    chops: [closeBody()],
    want: { frames: [], close: 'none' },
  },
  {
    name: '§5.5.1 a close with a body of 1 byte',
    chops: [closeBody('x')],
    want: { frames: [], close: 1002, error: 'ERR_WS_CLOSE_PAYLOAD' },
  },
  {
    name: '§5.5.1 a message before the close is still answered',
    chops: [{ frames: [text('last'), close(1000)] }],
    want: { frames: [text('last')] },
  },
  {
    name: '§5.5.1 a long message, the close, and a ping that comes too late',
    chops: [{ frames: [long, close(1000), ping()] }],
    want: { frames: [long] },
  },
  {
    name: '§5.5.1 the second close is not answered',
    chops: [close(1000), close(1001)],
    want: { frames: [] },
  },
  {
    name: '§5.5.2 a ping after the close is not answered',
    chops: [{ frames: [close(1000), ping('late')] }],
    want: { frames: [] },
  },
  {
    name: '§5.5.1 a message after the close is not read',
    chops: [{ frames: [close(1000), text('late')] }],
    want: { frames: [] },
  },
  {
    name: '§5.5.1 a wrong frame after the close is not read',
    chops: [{ frames: [close(1000), { ...text('late'), rsv: 7 }] }],
    want: { frames: [] },
  },
  {
    name: '§5.5.1 a message that the close has cut stays cut',
    chops: [begin(text('a')), close(1000), continuation('b')],
    want: { frames: [] },
  },
  ...taken.map((code) => ({
    name: `§7.4 close code ${code}`,
    chops: [close(code, 'a reason')],
    want: { frames: [], close: code },
  })),
  ...notTaken.map((code) => ({
    name: `§7.4 close code ${code} is refused`,
    chops: [close(code)],
    want: { frames: [], close: 1002, error: 'ERR_WS_CLOSE_CODE' },
  })),
  ...[0, 1, 122, 123].map((length) => ({
    name: `§5.5 a reason of ${length} bytes`,
    chops: [close(1000, 'r'.repeat(length))],
    want: { frames: [] },
  })),
  {
    name: '§5.5 a reason of 124 bytes',
    chops: [close(1000, 'r'.repeat(124))],
    want: { frames: [], close: 1002, error: 'ERR_WS_CONTROL_TOO_LONG' },
  },
  {
    name: '§8.1 a reason that is not UTF-8',
    chops: [close(1000, notUtf8)],
    want: { frames: [], close: 1007, error: 'ERR_WS_INVALID_UTF8' },
  },
  {
    name: '§8.1 a reason that ends within a character',
    chops: [close(1000, notUtf8.subarray(0, 3))],
    want: { frames: [], close: 1007, error: 'ERR_WS_INVALID_UTF8' },
  },
];

for (const role of roles) {
  for (const { name, chops, want } of cases) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }));
  }

  test(`§7.1.5 the code and reason of the peer are told, our ${role}`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    await peer.send(close(4321, 'größer'));
    peer.endAfterClose();
    assert.deepEqual(await closed, { code: 4321, reason: 'größer', error: undefined });
  });

  test(`§7.1.5 a close without a code is told as 1005, our ${role}`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    await peer.send(closeBody());
    peer.endAfterClose();
    assert.deepEqual(await closed, { code: 1005, reason: '', error: undefined });
  });

  test(`§7.1.5 a transport that is lost is told as 1006, our ${role}`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    await peer.send(begin(text('never whole')));
    peer.cut();
    assert.deepEqual(await closed, { code: 1006, reason: '', error: undefined });
  });

  test(`§7.1.5 a connection that failed has seen no close frame: 1006, our ${role}`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    await peer.send({ frames: [{ ...text('wrong'), rsv: 1 }, close(1000)] });
    peer.endAfterClose();
    assert.deepEqual(await closed, { code: 1006, reason: '', error: 'ERR_WS_RESERVED_BITS' });
  });

  test(`§7.1.2 our ${role} closes: its code goes out, and nothing after it`, async (t) => {
    const { peer, subject, closed } = await connectPeer(t, role);
    const told: string[] = [];
    subject.on('message', (data) => told.push(String(data)));
    subject.on('ping', (data) => told.push(`ping ${data}`));
    subject.close(4000, 'enough');
    subject.close(4001, 'a second time');
    subject.send('too late');
    assert.equal(subject.readyState, WebSocket.CLOSING);
    await peer.frames(1);
    // What was on its way is still told, and not answered any more.
    await peer.send({ frames: [text('on its way'), ping('?'), close(4000)] });
    peer.endAfterClose();
    assert.deepEqual(await closed, { code: 4000, reason: '', error: undefined });
    await peer.ended;
    assert.deepEqual(peer.received.map(describeFrame), [describeFrame(close(4000))]);
    assert.deepEqual(peer.received[0]?.payload.subarray(2).toString(), 'enough');
    assert.deepEqual(told, ['on its way', 'ping ?']);
    assert.equal(subject.readyState, WebSocket.CLOSED);
  });

  test(`§5.5.1 both close at once: each sends one close frame, our ${role}`, async (t) => {
    const { peer, subject, closed } = await connectPeer(t, role);
    const crossing = peer.send(close(4002));
    subject.close(4001);
    await crossing;
    peer.endAfterClose();
    assert.deepEqual(await closed, { code: 4002, reason: '', error: undefined });
    await peer.ended;
    assert.deepEqual(peer.received.map(describeFrame), [describeFrame(close(4001))]);
  });

  test(`§7.1.1 the transport is ended in order, not reset, our ${role}`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    await peer.send({ frames: [close(1000), long, long] });
    peer.endAfterClose();
    assert.equal((await closed).code, 1000);
    await peer.ended;
    assert.equal(peer.reset, false);
  });

  test(`§7.1.7 a failed connection is ended by our ${role} itself`, async (t) => {
    const { peer, closed } = await connectPeer(t, role);
    await peer.send(continuation('wrong'));
    await peer.ended;
    assert.equal((await closed).error, 'ERR_WS_FRAGMENT_ORDER');
    assert.deepEqual(peer.received.map(describeFrame), [describeFrame(close(1002))]);
  });
}

test('§5.5.1 a server that never ends the transport is left after the close timeout', async (t) => {
  const { peer, closed } = await connectPeer(t, 'client', { closeTimeout: 20 });
  await peer.send(close(1000));
  assert.equal((await closed).code, 1000);
  await peer.ended;
  assert.deepEqual(peer.received.map(describeFrame), [describeFrame(close(1000))]);
});
