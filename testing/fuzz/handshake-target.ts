/**
 * Fuzz targets: the opening handshake, as the server and as the client reads it.
 *
 * Spec      RFC 6455 §4.1, §4.2, §9.1
 * Next      grammar-target.ts - the values of single headers
 * Left out  the parser of HTTP, which is Node's; what extensions mean
 *
 * Whatever comes, the server answers with a 101 or a refusal that keeps the rules of HTTP, and the
 * client agrees or says why not; neither throws. A 101 of ours is one that our client agrees to.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decideUpgrade, serializeUpgradeResponse } from '../../src/websocket/index.ts';
import { checkUpgradeResponse } from '../../src/websocket/client-handshake.ts';
import { asNodeHeaders, handshakeWords, mutateFields } from './header-fields.ts';
import { isPlainToken, plainExtensions, plainList } from './header-fields.ts';
import type { Field } from './header-fields.ts';
import { mutateText } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

type RequestInput = {
  method: string;
  httpVersion: string;
  fields: Field[];
  /** The address that the connection came to; '' for a Unix socket. */
  localAddress: string;
  /** Which of the offered sub-protocols is chosen; by default the first. */
  choice: number;
};

type ResponseInput = {
  fields: Field[];
  key: string;
  protocols: string[];
  /** Whether permessage-deflate was offered. */
  deflate: boolean;
};

const sampleKey = 'dGhlIHNhbXBsZSBub25jZQ==';

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

const goodRequest: RequestInput = {
  method: 'GET',
  httpVersion: '1.1',
  fields: [
    ['Host', 'localhost:8080'],
    ['Upgrade', 'websocket'],
    ['Connection', 'keep-alive, Upgrade'],
    ['Sec-WebSocket-Key', sampleKey],
    ['Sec-WebSocket-Version', '13'],
    ['Origin', 'http://localhost:8080'],
    ['Sec-WebSocket-Protocol', 'chat, superchat'],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
  ],
  localAddress: '127.0.0.1',
  choice: 0,
};

const goodResponse: ResponseInput = {
  fields: [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', acceptOf(sampleKey)],
    ['Sec-WebSocket-Protocol', 'chat'],
  ],
  key: sampleKey,
  protocols: ['chat', 'superchat'],
  deflate: true,
};

/** Whether a request keeps the rules of §4.2.1, read the plain way. */
function isProper(input: RequestInput, headers: Record<string, string | string[]>): boolean {
  const one = (name: string) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const lists = (name: string, word: string) =>
    plainList(one(name) ?? '').some((element) => equalsIgnoringCase(element, word));
  const hosts = input.fields.filter(([name]) => equalsIgnoringCase(name, 'host'));
  const key = one('sec-websocket-key') ?? '';
  const decoded = Buffer.from(key, 'base64');
  const extensions = one('sec-websocket-extensions');
  const protocols = one('sec-websocket-protocol');
  const names = plainList(protocols ?? '');
  return (
    input.method === 'GET' &&
    /^1\.[1-9]$/.test(input.httpVersion) &&
    hosts.length === 1 &&
    lists('upgrade', 'websocket') &&
    lists('connection', 'upgrade') &&
    one('sec-websocket-version') === '13' &&
    decoded.length === 16 &&
    decoded.toString('base64') === key &&
    (extensions === undefined || plainExtensions(extensions) !== undefined) &&
    (protocols === undefined || names.length > 0) &&
    names.every(isPlainToken) &&
    new Set(names).size === names.length
  );
}

function equalsIgnoringCase(text: string, word: string): boolean {
  return text.length === word.length && new RegExp(`^${word}$`, 'i').test(text);
}

/** Reads a response of ours back: its status and fields; throws if it is no HTTP. */
function readResponse(text: string): { status: number; fields: Field[]; body: string } {
  const end = text.indexOf('\r\n\r\n');
  assert.ok(end > 0, 'a response has a head');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) [A-Z][A-Za-z ]*$/.exec(statusLine)?.[1];
  assert.ok(status, `status line ${statusLine}`);
  const fields = lines.map((line): Field => {
    const [, name, value] = /^([A-Za-z-]+): ([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? [];
    assert.ok(name !== undefined && value !== undefined, `header line ${JSON.stringify(line)}`);
    return [name, value];
  });
  return { status: Number(status), fields, body: text.slice(end + 4) };
}

/** The server's half. */
export const serverHandshakeTarget: FuzzTarget<RequestInput> = {
  name: 'server-handshake',
  about: 'decideUpgrade and the response it leads to, which our client then reads',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known) : goodRequest;
    const rarely = () => random.below(20) === 0;
    return {
      method: rarely() ? mutateText(random, base.method, ['GET', 'POST', 'get']) : base.method,
      httpVersion: rarely() ? random.pick(['1.0', '1.1', '1.2', '2.0', '1.10', '']) : '1.1',
      fields: mutateFields(random, base.fields),
      localAddress: random.pick(['127.0.0.1', '192.0.2.1', '::1', '::ffff:127.0.0.1', '']),
      choice: random.below(5),
    };
  },
  check(input) {
    const headers = asNodeHeaders(input.fields);
    const { method, httpVersion, localAddress, choice } = input;
    const request = { method, httpVersion, headers, rawHeaders: input.fields.flat() };
    const proper = isProper(input, headers);
    const decision = decideUpgrade(request, {
      localAddress: localAddress || undefined,
      ...(choice > 0 && { chooseProtocol: (offered) => [...offered][choice] ?? false }),
    });
    const response = readResponse(serializeUpgradeResponse(decision));
    const field = (name: string) => asNodeHeaders(response.fields)[name.toLowerCase()];
    if (decision.kind === 'reject') {
      const { status } = decision;
      assert.equal(response.status, status);
      assert.ok([400, 403, 405, 426].includes(status), `status ${status}`);
      assert.ok(!proper || status === 403, 'a proper request is only refused for who asks');
      assert.ok(proper || status !== 403, 'an improper request is refused for what is wrong');
      assert.equal(response.body, decision.message);
      assert.match(decision.message, /^[\x20-\x7e]+$/);
      assert.equal(field('Content-Length'), String(decision.message.length));
      if (status === 405) assert.equal(field('Allow'), 'GET');
      if (status === 426) assert.equal(field('Upgrade'), 'websocket');
      return `${status} ${decision.message}`;
    }
    assert.ok(proper, 'only a proper request is accepted');
    assert.equal(response.status, 101);
    assert.equal(response.body, '');
    const key = String(headers['sec-websocket-key']);
    const protocols = plainList(String(headers['sec-websocket-protocol'] ?? ''));
    assert.ok(decision.protocol === '' || protocols.includes(decision.protocol));
    if (choice === 0) assert.equal(decision.protocol, protocols[0] ?? '');
    const sent = { key, protocols: decision.protocol === '' ? [] : protocols };
    const agreement = checkUpgradeResponse(
      { statusCode: 101, headers: asNodeHeaders(response.fields) },
      sent,
    );
    assert.ok(agreement.kind === 'agreed', 'our client agrees to what our server answers');
    assert.equal(agreement.protocol, decision.protocol);
    return `101 ${protocols.length} ${decision.protocol === '' ? 'none' : 'one'}`;
  },
};

/** The client's half. */
export const clientHandshakeTarget: FuzzTarget<ResponseInput> = {
  name: 'client-handshake',
  about: 'checkUpgradeResponse: what a server may answer',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known) : goodResponse;
    const protocols =
      random.below(3) === 0 ? random.pick([[], ['a'], ['constructor']]) : base.protocols;
    const key = random.below(20) === 0 ? mutateText(random, base.key, handshakeWords) : base.key;
    const fields = mutateFields(random, base.fields);
    return { fields, key, protocols, deflate: random.below(2) === 0 };
  },
  check({ fields, key, protocols, deflate }) {
    const headers = asNodeHeaders(fields);
    const sent = { key, protocols, ...(deflate && { deflate: {} }) };
    const agreement = checkUpgradeResponse({ statusCode: 101, headers }, sent);
    const one = (name: string) => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return value === undefined ? undefined : String(value);
    };
    const upgrades = plainList(one('connection') ?? '').some((word) =>
      equalsIgnoringCase(word, 'upgrade'),
    );
    const protocol = one('sec-websocket-protocol');
    const extensions = one('sec-websocket-extensions');
    const proper =
      equalsIgnoringCase(one('upgrade') ?? '', 'websocket') &&
      upgrades &&
      one('sec-websocket-accept') === acceptOf(key) &&
      (protocol === undefined ? protocols.length === 0 : protocols.includes(protocol));
    if (agreement.kind === 'refused') {
      assert.match(agreement.code, /^ERR_WS_[A-Z_]+$/);
      assert.match(agreement.message, /^expected .+, got .+$/);
      assert.ok(!proper || extensions !== undefined, 'a proper answer is agreed to');
      return agreement.code;
    }
    assert.ok(proper, 'only a proper answer is agreed to');
    assert.equal(agreement.protocol, protocol ?? '');
    const isCompressed = agreement.deflate !== undefined;
    assert.equal(isCompressed, extensions !== undefined, 'no extension is overlooked');
    assert.ok(deflate || !isCompressed, 'no extension that was not offered');
    return `agreed ${agreement.protocol === '' ? 'none' : 'one'} ${isCompressed}`;
  },
};
