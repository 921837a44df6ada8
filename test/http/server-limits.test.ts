import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeServerOptions } from '../../src/http/server-limits.ts';

test('the defaults, in the words of Node', () => {
  assert.deepEqual(nodeServerOptions({}), {
    requireHostHeader: false,
    maxHeaderSize: 16_384,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    connectionsCheckingInterval: 1000,
  });
});

test('what is given counts; headers never have more time than the whole request', () => {
  const given = {
    maxHeaderBytes: 1,
    requestTimeoutMs: 2,
    keepAliveTimeoutMs: 3,
    timeoutCheckIntervalMs: 4,
  };
  assert.deepEqual(nodeServerOptions(given), {
    requireHostHeader: false,
    maxHeaderSize: 1,
    headersTimeout: 2,
    requestTimeout: 2,
    keepAliveTimeout: 3,
    connectionsCheckingInterval: 4,
  });
});
