import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerRate } from '../../src/websocket/peer-rate.ts';
import type { WebSocketError } from '../../src/websocket/index.ts';

function describe(error: WebSocketError | undefined): string {
  return error === undefined ? 'taken' : `${error.code} ${error.closeCode}`;
}

const refused = 'ERR_WS_RATE_LIMIT 1008';

test('§7.4.1 messages: those of a second at once, then as they come back', () => {
  const rate = new PeerRate({ messages: { perSecond: 2 } });
  assert.equal(describe(rate.takeMessage(1e9, 0)), 'taken');
  assert.equal(describe(rate.takeMessage(0, 0)), 'taken');
  const error = rate.takeMessage(0, 499);
  assert.equal(describe(error), refused);
  assert.match(error!.message, /^expected fewer messages a second/);
  assert.equal(error!.section, 'RFC 6455 §7.4.1');
  assert.equal(describe(rate.takeMessage(0, 500)), 'taken');
});

test('§7.4.1 a burst of its own, and a rate below one a second', () => {
  const rate = new PeerRate({ messages: { perSecond: 1, burst: 3 } });
  const fates = Array.from({ length: 4 }, () => describe(rate.takeMessage(1, 0)));
  assert.deepEqual(fates, ['taken', 'taken', 'taken', refused]);
  const slow = new PeerRate({ messages: { perSecond: 0.5 } });
  assert.equal(describe(slow.takeMessage(1, 0)), 'taken');
  assert.equal(describe(slow.takeMessage(1, 1999)), refused);
  assert.equal(describe(slow.takeMessage(1, 2000)), 'taken');
});

test('§7.4.1 bytes: a message over the burst takes all of it, and is taken when it is full', () => {
  const rate = new PeerRate({ bytes: { perSecond: 1000, burst: 100 } });
  assert.equal(describe(rate.takeMessage(60, 0)), 'taken');
  assert.match(rate.takeMessage(41, 0)!.message, /^expected fewer bytes/);
  assert.equal(describe(rate.takeMessage(0, 0)), 'taken');
  assert.equal(describe(rate.takeMessage(1_000_000, 60)), 'taken');
  assert.equal(describe(rate.takeMessage(1, 60)), refused);
});

test('§5.5 control frames are counted on their own', () => {
  const rate = new PeerRate({ controlFrames: { perSecond: 1 }, messages: { perSecond: 1 } });
  assert.equal(describe(rate.takeControlFrame(0)), 'taken');
  assert.match(rate.takeControlFrame(0)!.message, /^expected fewer control frames/);
  assert.equal(describe(rate.takeMessage(0, 0)), 'taken');
});

test('what has no rate has no limit; nor has one that is infinite', () => {
  for (const rate of [new PeerRate({}), new PeerRate({ messages: { perSecond: Infinity } })]) {
    for (let i = 0; i < 1000; i++) {
      assert.equal(rate.takeMessage(1e6, 0), undefined);
      assert.equal(rate.takeControlFrame(0), undefined);
    }
  }
});

test('refuses rates that are not positive', () => {
  for (const perSecond of [0, -1, NaN]) {
    assert.throws(() => new PeerRate({ bytes: { perSecond } }), RangeError, String(perSecond));
  }
  assert.throws(() => new PeerRate({ messages: { perSecond: 1, burst: 0 } }), RangeError);
});
