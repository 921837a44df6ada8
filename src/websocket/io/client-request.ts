/**
 * The request of a handshake, by Node's own HTTP client, and how far its connection came.
 *
 * Spec      RFC 6455 §4.1; RFC 6066 §3 server names; RFC 7301 ALPN
 * Next      client.ts - what comes back
 * Left out  what stands in the headers: client-handshake.ts
 */
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { RequestTarget } from '../address.ts';
import type { HandshakePhase } from '../handshake-error.ts';
import { clientDefaults } from './client-options.ts';
import type { ClientOptions } from './client-options.ts';

type Connect = (options: net.NetConnectOpts) => net.Socket;

/**
 * Makes the request; the caller ends it. Without an `agent` it has a connection of its own.
 * Throws what `http.request` throws, for options that contradict each other.
 */
export function openRequest(
  target: RequestTarget,
  headers: Record<string, string | string[]>,
  options: ClientOptions,
): http.ClientRequest {
  const { secure, host, port, path, socketPath } = target;
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  const request = secure ? https.request : http.request;
  const connect: Connect = secure ? openTls : openTcp;
  const defaults = {
    createConnection: connect,
    defaultPort: secure ? 443 : 80,
    maxHeaderSize: clientDefaults.maxHeaderBytes,
    ALPNProtocols: ['http/1.1'],
  };
  // What is undefined here is said by the address, or not at all.
  const fixed = {
    protocol: undefined,
    hostname: undefined,
    auth: undefined,
    timeout: undefined,
    socketPath,
  };
  const all = { ...defaults, ...given, ...fixed, method: 'GET', host, port, path, headers };
  return request(all as https.RequestOptions);
}

function openTcp(options: net.NetConnectOpts): net.Socket {
  // For a request `path` is that of the resource, for a socket that of the file.
  const { socketPath } = options as http.RequestOptions;
  const { path: _, ...rest } = options as net.IpcNetConnectOpts;
  return net.connect((socketPath ? { ...rest, path: socketPath } : rest) as net.NetConnectOpts);
}

function openTls(options: net.NetConnectOpts): net.Socket {
  const { path: _, ...rest } = options as tls.ConnectionOptions;
  const { host = '' } = rest;
  // RFC 6066 §3: an IP address is no server name.
  return tls.connect({ servername: net.isIP(host) === 0 ? host : '', ...rest });
}

/** Calls `reached` with each phase that a request enters, the first one at once. */
export function watchPhases(
  request: http.ClientRequest,
  { secure, host, socketPath }: RequestTarget,
  reached: (phase: HandshakePhase) => void,
): void {
  const connected = () => reached(secure ? 'tls' : 'http');
  reached(socketPath !== undefined || net.isIP(host) !== 0 ? 'tcp' : 'dns');
  request.once('socket', (socket) => {
    if (request.reusedSocket) return reached('http');
    socket.once('lookup', () => reached('tcp'));
    socket.once('secureConnect', () => reached('http'));
    if (socket.connecting) socket.once('connect', connected);
    else connected();
  });
}
