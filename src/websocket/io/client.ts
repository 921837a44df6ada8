/**
 * Opens a connection to a server: TCP or TLS, then the opening handshake.
 *
 * Spec      RFC 6455 §3 addresses, §4.1 the client's side
 * Next      connection.ts - takes the socket over once the server has agreed
 * Left out  redirects and proxies
 */
import { randomBytes } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { isToken } from '../../shared/index.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { checkUpgradeResponse, serializeUpgradeRequest } from '../handshake.ts';
import { ResponseHeadReader } from '../response-head.ts';
import { HandshakeError } from '../websocket-error.ts';
import type { Established } from './connection.ts';

/** What a client may be told. The TLS settings are those of `tls.connect`. */
export interface ClientOptions extends ConnectionOptions {
  protocols?: string | readonly string[];
  /** More headers of the request. */
  headers?: Readonly<Record<string, string>>;
  /** Shorthand for the `Origin` header, which browsers send and others do not. */
  origin?: string;
  /** Milliseconds for connecting and the handshake together. Default 10,000. */
  handshakeTimeout?: number;
  ca?: string | Buffer | (string | Buffer)[];
  cert?: string | Buffer;
  key?: string | Buffer;
  servername?: string;
  rejectUnauthorized?: boolean;
}

/** Who waits for the outcome of `connect`: exactly one of the two is called, and once. */
export interface ClientCalls {
  upgrade(response: IncomingMessage): void;
  redirect(url: string, request: ClientRequest): void;
  unexpectedResponse(request: ClientRequest, response: IncomingMessage): boolean;
  established(established: Established): void;
  failed(error: Error): void;
}

/** Reads a `ws:` or `wss:` address. Throws a SyntaxError that names what is wrong with it. */
export function parseAddress(address: string | URL): URL {
  if (!URL.canParse(String(address))) throw new SyntaxError(`address is not a URL: ${address}`);
  const url = new URL(address);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new SyntaxError(`address must begin with ws: or wss:, got ${address}`);
  }
  // MUST NOT (RFC 6455 §3): fragments have no meaning here.
  if (url.hash !== '') throw new SyntaxError(`address must have no fragment, got ${address}`);
  return url;
}

/** Connects; the answer is a function that gives the attempt up without a further call. */
export function connect(
  url: URL,
  protocols: readonly string[],
  options: ClientOptions,
  calls: ClientCalls,
): () => void {
  checkProtocols(protocols);
  const key = randomBytes(16).toString('base64');
  const headers = { ...(options.origin === undefined ? {} : { Origin: options.origin }) };
  const request = serializeUpgradeRequest({
    url,
    key,
    protocols,
    headers: { ...headers, ...options.headers },
  });
  const reader = new ResponseHeadReader();
  const socket = openSocket(url, options);
  const timeoutMs = options.handshakeTimeout ?? 10_000;

  const stop = () => {
    clearTimeout(timer);
    socket.off('data', onData).off('error', fail).off('close', onClose);
  };
  const giveUp = () => {
    stop();
    socket.on('error', () => {});
    socket.destroy();
  };
  const fail = (error: Error) => {
    giveUp();
    calls.failed(error);
  };
  const onClose = () => {
    const what = 'expected an answer to the handshake, got the end of the connection';
    fail(new HandshakeError('ERR_WS_NO_RESPONSE', what, '§4.1'));
  };
  const onData = (chunk: Buffer) => {
    const head = reader.push(chunk);
    if (head === undefined) return;
    if (head instanceof HandshakeError) return fail(head);
    const protocol = checkUpgradeResponse(head.response, { key, protocols });
    if (protocol instanceof HandshakeError) return fail(protocol);
    stop();
    calls.established({
      role: 'client',
      socket,
      head: head.rest,
      protocol,
    });
  };
  const timer = setTimeout(() => {
    fail(new Error(`no handshake with ${url.host} within ${timeoutMs} ms`));
  }, timeoutMs);
  socket.once(url.protocol === 'wss:' ? 'secureConnect' : 'connect', () => socket.write(request));
  socket.on('data', onData).on('error', fail).on('close', onClose);
  return giveUp;
}

function openSocket(url: URL, options: ClientOptions): net.Socket {
  // URL keeps the brackets of an IPv6 address, connect wants none.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol === 'ws:') return net.connect({ host, port: Number(url.port || 80) });
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const given = { ca, cert, key, servername, rejectUnauthorized };
  return tls.connect({
    host,
    port: Number(url.port || 443),
    ALPNProtocols: ['http/1.1'],
    // RFC 6066 §3: an IP address is no server name.
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
}

function checkProtocols(protocols: readonly string[]): void {
  for (const protocol of protocols) {
    if (!isToken(protocol)) {
      throw new SyntaxError(`sub-protocol must be a token, got ${JSON.stringify(protocol)}`);
    }
  }
  // MUST (RFC 6455 §4.1): none twice.
  if (new Set(protocols).size !== protocols.length) {
    throw new SyntaxError(`sub-protocols must differ, got ${protocols.join(', ')}`);
  }
}
