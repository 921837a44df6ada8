/**
 * 200 chatters who join, speak and leave at random for ten seconds. Every message that was acknowledged
 * reaches every member present, in one order for all.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatService } from '../../src/chat/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import type { SeededRandom } from '../../testing/seeded-random.ts';
import { startServer } from '../../testing/websocket-peers.ts';

const chatters = 200;
const rooms = ['red', 'green', 'blue', 'lobby'];
const durationMs = 10_000;

interface ServerMessage {
  type: string;
  offset: number;
  id: string;
  from: string;
  text: string;
  history: { offset: number; from: string; text: string }[];
}

/** What was said in each room, as all observers agree so far, and how many observations there were. */
class Observed {
  readonly said = new Map<string, string>();
  readonly acknowledged: { room: string; offset: number; line: string }[] = [];
  observations = 0;
  highest = new Map(rooms.map((room) => [room, 0]));

  observe(room: string, offset: number, line: string): void {
    const key = `${room} ${offset}`;
    const before = this.said.get(key);
    assert.ok(
      before === undefined || before === line,
      `${key}: "${before}" for one, "${line}" for another`,
    );
    this.said.set(key, line);
    this.highest.set(room, Math.max(this.highest.get(room) ?? 0, offset));
    this.observations++;
  }
}

/** One stay in a room, from connecting to leaving. */
class Visit {
  readonly socket: WebSocket;
  readonly room: string;
  readonly #name: string;
  readonly #record: Observed;
  readonly #pending = new Map<string, string>();
  #lastOffset = -1;
  #said = 0;
  #wake = () => {};

  constructor(url: string, room: string, name: string, record: Observed) {
    this.room = room;
    this.#name = name;
    this.#record = record;
    this.socket = new WebSocket(url, 'barewire.chat.v1');
    this.socket.on('open', () => this.#send({ type: 'join', room, name }));
    this.socket.on('message', (data) =>
      this.#receive(JSON.parse(data.toString()) as ServerMessage),
    );
    this.socket.on('close', () => this.#wake());
  }

  say(text: string): void {
    if (this.#lastOffset < 0) return;
    const id = String(++this.#said);
    this.#pending.set(id, `${this.#name}: ${text}`);
    this.#send({ type: 'say', id, text });
  }

  /** Waits for every acknowledgement and every message, however they come. */
  async settle(): Promise<void> {
    const done = () =>
      this.#pending.size === 0 && this.#lastOffset === this.#record.highest.get(this.room);
    while (!done()) {
      assert.ok(this.socket.readyState <= WebSocket.OPEN, `${this.#name} lost its connection`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  leave(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.readyState === WebSocket.CLOSED) return resolve();
      this.socket.on('error', () => {});
      this.socket.once('close', () => resolve());
      this.socket.close(1000);
    });
  }

  #send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'joined') {
      for (const { offset, from, text } of message.history) {
        this.#record.observe(this.room, offset, `${from}: ${text}`);
      }
      this.#lastOffset = message.history.at(-1)?.offset ?? 0;
    } else if (message.type === 'message') {
      assert.equal(message.offset, this.#lastOffset + 1, `${this.#name} misses a message`);
      this.#lastOffset = message.offset;
      this.#record.observe(this.room, message.offset, `${message.from}: ${message.text}`);
    } else if (message.type === 'ack') {
      const line = this.#pending.get(message.id);
      assert.ok(line !== undefined, 'acknowledged what was not said');
      this.#pending.delete(message.id);
      this.#record.acknowledged.push({ room: this.room, offset: message.offset, line });
    } else {
      assert.equal(message.type, 'member', JSON.stringify(message));
    }
    this.#wake();
  }
}

/** Comes, speaks and goes until the time is over; answers with the last visit, still connected. */
async function chatter(
  url: string,
  number: number,
  random: SeededRandom,
  record: Observed,
  over: AbortSignal,
): Promise<Visit> {
  for (let stay = 0; ; stay++) {
    const visit = new Visit(url, random.pick(rooms), `c${number}-${stay}`, record);
    for (let turn = 1 + random.below(12); turn > 0 && !over.aborted; turn--) {
      await pause(150 + random.below(400), over);
      visit.say(`${stay}.${turn} ${'é'.repeat(random.below(40))}`);
    }
    if (over.aborted) return visit;
    await visit.leave();
  }
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    over.addEventListener('abort', done);
  });
}

test('200 chatters, ten seconds: nothing acknowledged is lost, one order for all', async (t) => {
  const random = seededRandom(t);
  const { server, url } = await startServer(t);
  const chat = new ChatService();
  server.on('connection', (socket) => chat.accept(socket));
  const record = new Observed();
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), durationMs);
  const visits = await Promise.all(
    Array.from({ length: chatters }, (_, number) =>
      chatter(url, number, random, record, over.signal),
    ),
  );
  clearTimeout(timer);
  await Promise.all(visits.map((visit) => visit.settle()));
  await Promise.all(visits.map((visit) => visit.leave()));

  for (const { room, offset, line } of record.acknowledged) {
    assert.equal(record.said.get(`${room} ${offset}`), line);
  }
  const total = [...record.highest.values()].reduce((sum, highest) => sum + highest, 0);
  assert.equal(record.said.size, total, 'offsets without a gap');
  t.diagnostic(
    `${record.acknowledged.length} messages acknowledged, ${record.observations} times seen alike`,
  );
  assert.ok(record.acknowledged.length > 1000, 'the chatters hardly spoke');
});
