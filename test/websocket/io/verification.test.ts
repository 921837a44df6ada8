import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { verify } from '../../../src/websocket/io/verification.ts';
import type { Verification } from '../../../src/websocket/io/verification.ts';
import type { VerifyClient, VerifyClientInfo } from '../../../src/websocket/index.ts';

function requestWith(socket: object, headers: object): IncomingMessage {
  return { socket, headers } as IncomingMessage;
}

const request = requestWith({}, {});
const ask = (verifyClient: VerifyClient) =>
  new Promise<Verification>((resolve) => verify(verifyClient, request, resolve));
const byDefault = { kind: 'reject', status: 401, message: 'this client may not connect' };
const teapot = new Error('teapot');

const answers: { name: string; verifyClient: VerifyClient; want: unknown }[] = [
  { name: 'true', verifyClient: () => true, want: { kind: 'verified' } },
  { name: 'false', verifyClient: () => false, want: { ...byDefault, headers: {} } },
  { name: 'a promise of true', verifyClient: async () => true, want: { kind: 'verified' } },
  {
    name: 'a promise of false',
    verifyClient: async () => false,
    want: { ...byDefault, headers: {} },
  },
  {
    name: 'an exception',
    verifyClient: () => {
      throw teapot;
    },
    want: { kind: 'failed', error: teapot },
  },
  {
    name: 'a rejection',
    verifyClient: () => Promise.reject(teapot),
    want: { kind: 'failed', error: teapot },
  },
  { name: 'done(true)', verifyClient: (_info, done) => done(true), want: { kind: 'verified' } },
  {
    name: 'done(true) later',
    verifyClient: (_info, done) => void setImmediate(done, true),
    want: { kind: 'verified' },
  },
  {
    name: 'done(false)',
    verifyClient: (_info, done) => done(false),
    want: { ...byDefault, headers: {} },
  },
  {
    name: 'done(false) with everything',
    verifyClient: (_info, done) => done(false, 429, 'slow down', { 'Retry-After': 5 }),
    want: { kind: 'reject', status: 429, message: 'slow down', headers: { 'Retry-After': '5' } },
  },
  {
    name: 'an exception before done',
    verifyClient: (_info, _done) => {
      throw teapot;
    },
    want: { kind: 'failed', error: teapot },
  },
  {
    name: 'a rejection before done',
    verifyClient: async (_info, _done) => {
      throw teapot;
    },
    want: { kind: 'failed', error: teapot },
  },
];
for (const { name, verifyClient, want } of answers) {
  test(`§4.2.2 verifyClient answers: ${name}`, async () => {
    assert.deepEqual(await ask(verifyClient), want);
  });
}

for (const code of [200, 101, 600, 401.5, 'no', NaN]) {
  test(`a refusal with ${code} is a failure of the program`, async () => {
    const answer = await ask((_info, done) => done(false, code as number));
    assert.ok(answer.kind === 'failed' && answer.error instanceof RangeError);
    assert.match(answer.error.message, new RegExp(`got ${code}$`));
  });
}

test('it is told the origin, whether the connection is encrypted, and the request', () => {
  const told: VerifyClientInfo[] = [];
  const plain = requestWith({}, {});
  const secure = requestWith({ encrypted: true }, { origin: 'https://a.test' });
  for (const each of [plain, secure]) {
    verify(
      (info) => told.push(info) > 0,
      each,
      () => {},
    );
  }
  assert.deepEqual(told, [
    { origin: undefined, secure: false, req: plain },
    { origin: 'https://a.test', secure: true, req: secure },
  ]);
});

test('what is thrown by whoever is told the answer is not taken for an answer', () => {
  const told: Verification[] = [];
  const settle = (verification: Verification) => {
    told.push(verification);
    throw teapot;
  };
  assert.throws(() => verify((_info, done) => done(true), request, settle), teapot);
  assert.throws(() => verify(() => true, request, settle), teapot);
  assert.deepEqual(told, [{ kind: 'verified' }, { kind: 'verified' }]);
});
