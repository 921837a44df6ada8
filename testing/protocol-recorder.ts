/**
 * A WebSocketProtocol whose every call is written down: what it told its owner, and what it sent.
 *
 * Spec      -
 * Next      test/websocket/protocol.test.ts
 * Left out  sockets
 */
import { decodeFrame, WebSocketProtocol } from '../src/websocket/index.ts';
import type { ProtocolOptions } from '../src/websocket/index.ts';

/** A protocol, what it said as lines, and what it sent as bytes. */
export interface Recorder {
  protocol: WebSocketProtocol;
  /** `text Hello`, `binary 00ff`, `ping`, `pong`, `end`, `closed 1000 bye`, ... */
  events: string[];
  /** All that was sent. */
  sent(): Buffer;
  /** Called after each event was written down. */
  onEvent: (event: string) => void;
}

/** Makes a recorded protocol; a client draws the masking key 37 fa 21 3d of the RFC's examples. */
export function recordProtocol(options: ProtocolOptions): Recorder {
  const parts: Buffer[] = [];
  let room = Buffer.alloc(0);
  const note = (event: string) => {
    recorder.events.push(event);
    recorder.onEvent(event);
  };
  const recorder: Recorder = {
    events: [],
    onEvent: () => {},
    sent: () => Buffer.concat(parts),
    protocol: new WebSocketProtocol(
      {
        message: (data, kind) => note(`${kind} ${data.toString(kind === 'text' ? 'utf8' : 'hex')}`),
        ping: (payload) => note(`ping ${payload}`),
        pong: (payload) => note(`pong ${payload}`),
        closed: ({ code, reason, wasClean, error }) => {
          note(`closed ${code} ${error?.code ?? reason.toString()}${wasClean ? ' clean' : ''}`);
        },
        reserve: (bytes) => (room = Buffer.alloc(bytes, 0xee)),
        commit: (bytes) => void parts.push(Buffer.from(room.subarray(0, bytes))),
        forward: (frame) => void parts.push(frame),
        turn: (work) => work(),
        written: (callback) => callback(),
        dropped: (callback) => callback(new Error('dropped')),
        end: () => note('end'),
      },
      { nextMaskingKey: () => 0x37fa213d, ...options },
    ),
  };
  return recorder;
}

/** What a stream of whole frames holds, one line for each: `fin 1 text "Hello"`. */
export function describeFrames(bytes: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const read = decodeFrame(bytes.subarray(at));
    if (read === undefined) return [...lines, `incomplete: ${bytes.subarray(at).toString('hex')}`];
    const { fin, opcode, payload } = read.frame;
    const close = opcode === 8 && payload.length >= 2;
    const content = close
      ? `${payload.readUInt16BE(0)} ${payload.subarray(2)}`
      : payload.toString();
    lines.push(`${fin ? 'fin' : '...'} ${opcode} ${content}`.trimEnd());
    at += read.bytesRead;
  }
  return lines;
}
