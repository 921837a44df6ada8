import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandshakeError } from '../../src/websocket/index.ts';
import { networkError, unexpectedStatus } from '../../src/websocket/handshake-error.ts';
import type { HandshakePhase } from '../../src/websocket/handshake-error.ts';

const where = 'example.com:443';

function systemError(code: string | undefined, syscall?: string): Error {
  return Object.assign(new Error('what Node says'), { code, syscall });
}

test('§4.1 an error says where, how far, what, and the section', () => {
  const headers = { 'retry-after': '3' };
  const details = { where, phase: 'http', headers, body: 'no' } as const;
  const error = unexpectedStatus(403, details);
  assert.equal(
    error.message,
    'no handshake with example.com:443 (phase http): Unexpected server response: 403; ' +
      'the server may not allow this Origin or Host: its body may say more (RFC 6455 §4.1)',
  );
  assert.equal(error.name, 'HandshakeError');
  assert.equal(error.code, 'ERR_WS_UNEXPECTED_STATUS');
  assert.equal(error.section, 'RFC 6455 §4.1');
  const { phase, status, body, cause } = error;
  const want = { phase: 'http', status: 403, body: 'no', cause: undefined };
  assert.deepEqual({ phase, status, body, cause }, want);
  assert.equal(error.headers, headers);
});

const statuses = [
  { status: 200, message: /no WebSocket endpoint/ },
  { status: 302, message: /followRedirects/ },
  { status: 401, message: /credentials/ },
  { status: 404, message: /no WebSocket endpoint/ },
  { status: 503, message: /later/ },
  { status: 418, message: /response: 418 \(RFC/ },
];
for (const { status, message } of statuses) {
  test(`§4.1 status ${status} comes with advice, if there is any`, () => {
    assert.match(unexpectedStatus(status, { where, phase: 'http' }).message, message);
  });
}

interface NetworkCase {
  code: string;
  syscall?: string;
  reached: HandshakePhase;
  phase: HandshakePhase;
  message: RegExp;
}

const network: NetworkCase[] = [
  { code: 'ENOTFOUND', syscall: 'getaddrinfo', reached: 'tcp', phase: 'dns', message: /such host/ },
  { code: 'ECONNREFUSED', syscall: 'connect', reached: 'dns', phase: 'tcp', message: /running/ },
  { code: 'ECONNREFUSED', reached: 'tcp', phase: 'tcp', message: /: ECONNREFUSED; nothing/ },
  { code: 'ECONNRESET', reached: 'tls', phase: 'tls', message: /speak TLS/ },
  { code: 'ECONNRESET', reached: 'http', phase: 'http', message: /without an answer/ },
  { code: 'ECONNRESET', reached: 'tcp', phase: 'tcp', message: /: ECONNRESET \(RFC/ },
  { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', reached: 'tls', phase: 'tls', message: /option ca/ },
  { code: 'EPROTO', reached: 'tls', phase: 'tls', message: /ws: instead of wss:/ },
  { code: 'E_SOMETHING', reached: 'http', phase: 'http', message: /: E_SOMETHING \(RFC/ },
];
for (const { code, syscall, reached, phase, message } of network) {
  test(`§4.1 ${code} in phase ${phase} keeps its code`, () => {
    const cause = systemError(code, syscall);
    const error = networkError(cause, { where, phase: reached });
    assert.ok(error instanceof HandshakeError);
    assert.equal(error.code, code);
    assert.equal(error.phase, phase);
    assert.equal(error.cause, cause);
    assert.match(error.message, message);
  });
}

test('§4.1 what cannot be read as HTTP is one code', () => {
  const error = networkError(systemError('HPE_INVALID_CONSTANT'), { where, phase: 'http' });
  assert.ok(error instanceof HandshakeError);
  assert.equal(error.code, 'ERR_WS_RESPONSE_HEAD');
  assert.match(error.message, /16 KiB/);
});

test('errors of the program itself are not wrapped', () => {
  for (const code of [undefined, 'ABORT_ERR']) {
    const own = systemError(code);
    assert.equal(networkError(own, { where, phase: 'tcp' }), own);
  }
});
