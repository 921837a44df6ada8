import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideDelivery, defaultMaxQueuedBytes } from '../../src/chat/delivery-policy.ts';

const cases = [
  { queued: 0, limit: 0, action: 'deliver' },
  { queued: 1, limit: 0, action: 'close' },
  { queued: 99, limit: 100, action: 'deliver' },
  { queued: 100, limit: 100, action: 'deliver' },
  { queued: 101, limit: 100, action: 'close' },
  { queued: 1024 * 1024, limit: defaultMaxQueuedBytes, action: 'deliver' },
  { queued: 1024 * 1024 + 1, limit: defaultMaxQueuedBytes, action: 'close' },
];

for (const { queued, limit, action } of cases) {
  test(`§7.4.1 ${queued} bytes queued of ${limit} allowed: ${action}`, () => {
    const decision = decideDelivery(queued, limit);
    assert.equal(decision.action, action);
    if (decision.action === 'close') assert.equal(decision.code, 1013);
  });
}
