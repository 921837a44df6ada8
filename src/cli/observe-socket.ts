/**
 * Every byte of a connection, seen as it goes out and as it comes in.
 *
 * Spec      -
 * Next      capture-file.ts and wire-trace.ts - what is done with the bytes
 * Left out  TLS records: what is seen is what TLS carries
 *
 *   write(bytes) --> seen as the client's --> socket
 *   socket --> seen as the server's --> push(bytes) --> 'data'
 *
 * Both methods are those that every stream has; in front of them there is nothing that could change
 * the bytes or see them twice, as listeners of `data` would after an `unshift`.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Role } from '../websocket/index.ts';

/** Told of bytes, and who sent them; they are a copy. */
export type WireObserver = (from: Role, bytes: Buffer) => void;

/** Shows each byte that goes through a socket of ours from now on, in order. */
export function observeSocket(socket: Socket, observe: WireObserver): void {
  // What is written before there is a connection may never be sent.
  let early: Buffer[] | undefined;
  if (socket.connecting) {
    early = [];
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
      for (const bytes of early ?? []) observe('client', bytes);
      early = undefined;
    });
  }
  const { push, write } = socket;
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    const bytes = copy(chunk, encoding);
    if (bytes !== undefined) observe('server', bytes);
    return push.call(socket, chunk, encoding);
  };
  socket.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const [encoding] = rest;
    const bytes = copy(chunk, typeof encoding === 'string' ? encoding : undefined);
    if (bytes !== undefined && early !== undefined) early.push(bytes);
    else if (bytes !== undefined) observe('client', bytes);
    return Reflect.apply(write, socket, [chunk, ...rest]) as boolean;
  };
}

function copy(chunk: unknown, encoding?: string): Buffer | undefined {
  if (typeof chunk === 'string') return nonEmpty(Buffer.from(chunk, encoding as BufferEncoding));
  return chunk instanceof Uint8Array ? nonEmpty(Buffer.from(chunk)) : undefined;
}

function nonEmpty(bytes: Buffer): Buffer | undefined {
  return bytes.length > 0 ? bytes : undefined;
}
