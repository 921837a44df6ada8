/**
 * Makes one server listen on several addresses, all with the same port.
 *
 * Spec      Node's net.Server and the 'connection' event of http, https
 * Next      graceful-shutdown.ts
 * Left out  Unix sockets, IPv6 zones
 *
 *   127.0.0.1:8443   the server itself: Node looks for late requests only in one that listens
 *   [::1]:8443       a net.Server that hands each socket to the server by emit('connection')
 *
 * "localhost" has two addresses on most systems, and which one a client tries first is its own
 * affair; one wildcard address would serve both, but the whole network, too.
 */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { createServer, Server as NetServer } from 'node:net';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { ConnectionTracker } from './graceful-shutdown.ts';

/** Where to listen. */
export interface ListenAddresses {
  /** 0 picks a free one. */
  port: number;
  /** The first must be there; a further one that this machine does not have is left out. */
  hosts: readonly [string, ...string[]];
}

/** A server that listens. */
export interface Listener {
  port: number;
  /** Those of the hosts that are listened on. */
  addresses: readonly string[];
  /** Ends at once: nothing listens, and every connection is destroyed. */
  close(): Promise<void>;
  /** Ends as graceful-shutdown.ts says; resolves when all is closed. */
  shutdown(options: { graceMs: number }): Promise<void>;
}

/** An address and a port that cannot be listened on; `code` is the system's, EADDRINUSE for one. */
export class ListenError extends Error {
  override name = 'ListenError';
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(cause: NodeJS.ErrnoException, address: string, port: number) {
    const code = cause.code ?? 'unknown error';
    const reason = code === 'EADDRINUSE' ? 'another program has this port' : code;
    super(`cannot listen on ${address} port ${port}: ${reason}`, { cause });
    this.code = code;
    this.address = address;
    this.port = port;
  }
}

/** How often a port that the system picked may turn out to be taken on a further address. */
const maxPickedPorts = 10;

/**
 * Begins to listen. Rejects with a ListenError, which names address and port; then nothing does.
 */
export async function listen(
  server: HttpServer | HttpsServer,
  { port, hosts }: ListenAddresses,
): Promise<Listener> {
  const tracker = new ConnectionTracker(server);
  for (let attempt = 1; ; attempt++) {
    try {
      return new ServerListener(server, tracker, await listenOnAll(server, port, hosts));
    } catch (error) {
      const taken = error instanceof ListenError && error.code === 'EADDRINUSE';
      if (port !== 0 || !taken || attempt === maxPickedPorts) throw error;
    }
  }
}

interface Listening {
  port: number;
  addresses: string[];
  further: NetServer[];
}

async function listenOnAll(
  server: HttpServer | HttpsServer,
  port: number,
  [first, ...others]: readonly [string, ...string[]],
): Promise<Listening> {
  const ipv6Only = others.length > 0;
  const picked = await listenOn(server, { port, host: first, ipv6Only });
  const listening: Listening = { port: picked, addresses: [first], further: [] };
  try {
    for (const host of others) {
      const relay = createRelay(server);
      try {
        await listenOn(relay, { port: picked, host, ipv6Only });
      } catch (error) {
        if (error instanceof ListenError && isAbsentAddress(error.code)) continue;
        throw error;
      }
      listening.addresses.push(host);
      listening.further.push(relay);
    }
  } catch (error) {
    await Promise.all([server, ...listening.further].map(stopListening));
    throw error;
  }
  return listening;
}

function isAbsentAddress(code: string): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

/** A TCP server whose connections become those of another server. */
function createRelay(server: HttpServer | HttpsServer): NetServer {
  // As Node opens its own: plain http answers clients that have closed their half already.
  const allowHalfOpen = !(server instanceof TlsServer);
  return createServer({ allowHalfOpen, noDelay: true }, (socket: Socket) => {
    server.emit('connection', socket);
  });
}

/** Listens, and answers the port. */
function listenOn(server: NetServer, options: ListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new ListenError(error, options.host ?? '', options.port ?? 0));
    server.once('error', fail);
    server.listen(options, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

// Not server.close(): for an http server that also destroys connections whose response has ended
// but is still being sent. The tracker knows better which of them are idle.
function stopListening(server: NetServer): void {
  NetServer.prototype.close.call(server);
}

class ServerListener implements Listener {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly #servers: readonly NetServer[];
  readonly #tracker: ConnectionTracker;
  #ended: Promise<void> | undefined;

  constructor(server: NetServer, tracker: ConnectionTracker, listening: Listening) {
    this.port = listening.port;
    this.addresses = listening.addresses;
    this.#servers = [server, ...listening.further];
    this.#tracker = tracker;
  }

  close(): Promise<void> {
    return this.shutdown({ graceMs: 0 });
  }

  shutdown({ graceMs }: { graceMs: number }): Promise<void> {
    this.#ended ??= this.#end(graceMs);
    return this.#ended;
  }

  async #end(graceMs: number): Promise<void> {
    for (const server of this.#servers) stopListening(server);
    await this.#tracker.drain(graceMs);
  }
}
