/**
 * Starts the program in testing/victim.ts, and attacks it over sockets: so the memory it tells is
 * that of our end alone.
 *
 * Spec      -
 * Next      test/websocket/advisories/memory.test.ts
 * Left out  attacks that cost no memory: testing/hostile-peers.ts
 */
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Role } from '../src/websocket/index.ts';
import { readHead } from './conformance-peer.ts';
import { listenRaw } from './hostile-peers.ts';
import { runnable, startProgram } from './program.ts';
import { accepting } from './raw-servers.ts';
import { openRaw, upgradeRequest } from './websocket-peers.ts';

/** What the program tells of itself. Counts are those of its latest connection. */
export interface VictimFigures {
  /** The heap, and what lies outside of it. */
  memoryBytes: number;
  /** The most that the process ever held. */
  peakBytes: number;
  /** What the latest connection has not handed to the operating system. */
  bufferedBytes: number;
  /** Connections that there were, and that are gone. */
  opened: number;
  closed: number;
  pings: number;
  messages: number;
  /** Why the latest connection failed. */
  error?: string | undefined;
}

/** The program as it runs. */
export interface Victim {
  /** An attacker's socket, connected and past the handshake, with its end of the connection. */
  attack(ourRole: Role, options?: { compressed?: boolean }): Promise<Socket>;
  /** The figures now. */
  figures(): Promise<VictimFigures>;
  /** The figures once garbage was collected. */
  settled(): Promise<VictimFigures>;
  /** The figures as soon as they fit. */
  until(fits: (figures: VictimFigures) => boolean): Promise<VictimFigures>;
}

const compression = 'Sec-WebSocket-Extensions: permessage-deflate';

/** Starts the program; killed with the test. */
export async function startVictim(t: TestContext): Promise<Victim> {
  const args = ['--expose-gc', runnable('testing/victim.ts')];
  const { line } = startProgram(t, process.execPath, args);
  const port = Number((await line(/^victim at/)).split(' ').at(-1));
  const ask = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`);
  const figures = async (query = '') =>
    (await (await ask(`/figures${query}`)).json()) as VictimFigures;
  const until = async (fits: (figures: VictimFigures) => boolean) => {
    for (;;) {
      const now = await figures();
      if (fits(now)) return now;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const attackServer = async (compressed: boolean) => {
    const path = compressed ? '/compressed' : '/echo';
    const request = upgradeRequest(compressed ? [compression] : []);
    const raw = await openRaw(t, port, request.replace('GET /', `GET ${path}`));
    await readHead(raw);
    return raw;
  };
  const attackClient = async (compressed: boolean) => {
    const { port: ours, connection } = await listenRaw(t);
    await ask(`/connect?port=${ours}${compressed ? '&compressed=1' : ''}`);
    const raw = await connection;
    const { head } = await readHead(raw);
    raw.write(accepting(head, compressed ? [compression] : []));
    return raw;
  };
  return {
    attack: async (ourRole, { compressed = false } = {}) => {
      const { opened } = await figures();
      const raw = await (ourRole === 'server' ? attackServer : attackClient)(compressed);
      raw.pause();
      await until((now) => now.opened === opened + 1);
      return raw;
    },
    figures: () => figures(),
    settled: () => figures('?gc=1'),
    until,
  };
}
