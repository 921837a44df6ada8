/**
 * The endpoint /countdown: a client sends an integer N, the server counts from N-1 down to 0.
 *
 * Spec      -
 * Next      examples/countdown-server.ts - the same as a server of its own
 * Left out  -
 *
 *   client      server
 *   "3"         "2" at once, "1" a second later, "0" a second later
 *   "three"     "Please send an integer"
 *   "0"         "Please send a positive integer"
 */
import type { WebSocket } from '../websocket/index.ts';

const secondMs = 1000;

/** What a client asked for: where to count from, or the sentence it gets. */
export function parseCountdown(message: string): { from: number } | { refusal: string } {
  const text = message.trim();
  if (!/^-?\d{1,6}$/.test(text)) return { refusal: 'Please send an integer' };
  const from = Number(text);
  return from < 1 ? { refusal: 'Please send a positive integer' } : { from };
}

/** Counts for one connection. A new number replaces the running count; leaving ends it. */
export function serveCountdown(socket: WebSocket): void {
  let timer: NodeJS.Timeout | undefined;
  socket.on('message', (data) => {
    const asked = parseCountdown(data.toString());
    if ('refusal' in asked) return socket.send(asked.refusal);
    clearTimeout(timer);
    let remaining = asked.from;
    const tick = () => {
      remaining -= 1;
      socket.send(String(remaining));
      if (remaining > 0) timer = setTimeout(tick, secondMs);
    };
    tick();
  });
  socket.on('close', () => clearTimeout(timer));
}
