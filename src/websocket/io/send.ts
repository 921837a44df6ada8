/**
 * What a program sends, in any of its forms, handed to the protocol.
 *
 * Spec      RFC 6455 §5.1 who masks, §5.6 text and binary; the forms are those of npm ws
 * Next      connection.ts - who asks; message-sender.ts - what becomes of it
 * Left out  what happens on a connection that is not open: connection.ts
 */
import type { Role } from '../constants.ts';
import type { SendResult } from '../message-sender.ts';
import { PreparedMessage } from '../prepared-message.ts';
import type { SendCallback } from '../send-queue.ts';
import { toBytes } from '../sendable.ts';
import type { BinaryLike, Sendable } from '../sendable.ts';
import type { Link } from './link.ts';

/** How `send` sends. */
export interface SendOptions {
  /** Binary or text. Default: strings are text, all else is binary. */
  binary?: boolean | undefined;
  /** Whether this is the last fragment of its message. Default true. */
  fin?: boolean | undefined;
  /** Whether the message may be compressed, if that was agreed on. Default true. */
  compress?: boolean | undefined;
  /** Taken as in npm ws, but only what RFC 6455 §5.1 says: true for clients, false for servers. */
  mask?: boolean | undefined;
}

/** The arguments of `ping` and `pong` as npm ws takes them: `([data[, mask]][, callback])`. */
export type ControlArguments = [
  data?: string | BinaryLike | SendCallback,
  mask?: boolean | SendCallback,
  callback?: SendCallback,
];

/** The same, sorted. */
export interface ControlSending {
  payload: Uint8Array;
  mask: boolean | undefined;
  callback: SendCallback | undefined;
}

/** Sends one message, or fragment of one, on an open link. Throws a TypeError for other data. */
export function sendMessage(
  link: Link,
  data: Sendable,
  options: SendOptions | undefined,
  given: SendCallback | undefined,
): SendResult {
  const { protocol } = link;
  const fin = options?.fin;
  const compress = options?.compress;
  const callback = callbackOf(given);
  let result: SendResult;
  if (typeof data === 'string' && options?.binary !== true) {
    result = protocol.sendText(data, fin, callback, compress);
  } else if (data instanceof PreparedMessage) {
    result = protocol.sendPrepared(data, callback, compress);
  } else if (data instanceof Blob) {
    result = sendBlob(link, data, options, callback);
  } else if (options?.binary ?? typeof data !== 'string') {
    result = protocol.sendBinary(toBytes(data), fin, callback, compress);
  } else {
    result = protocol.sendText(toBytes(data), fin, callback, compress);
  }
  link.flushSoon();
  return result;
}

/** Keeps the place of a Blob in the order of messages until its bytes have been read. */
function sendBlob(
  link: Link,
  blob: Blob,
  options: SendOptions | undefined,
  callback: SendCallback | undefined,
): SendResult {
  const { fin, compress } = options ?? {};
  const kind = options?.binary === false ? 'text' : 'binary';
  const { result, late } = link.protocol.sendLate(kind, blob.size, fin, callback, compress);
  blob.arrayBuffer().then(
    (memory) => {
      late.resolve(new Uint8Array(memory));
      link.flushSoon();
    },
    () => {
      late.reject();
      link.flushSoon();
      link.outputShrunk();
    },
  );
  return result;
}

/** Drops a message for a connection that is in this state, and not open. The callback is told. */
export function dropMessage(state: string, callback: SendCallback | undefined): 'dropped' {
  if (callback !== undefined) {
    process.nextTick(callback, new Error(`the connection is not open: ${state}`));
  }
  return 'dropped';
}

/** Sorts the arguments of `ping` and `pong`. Throws a TypeError for other data. */
export function readControl([data, mask, callback]: ControlArguments): ControlSending {
  const isCallback = (value: unknown): value is SendCallback => typeof value === 'function';
  return {
    payload: toBytes(isCallback(data) || data === undefined ? '' : data),
    mask: typeof mask === 'boolean' ? mask : undefined,
    callback: [data, mask].find(isCallback) ?? callbackOf(callback),
  };
}

/** A TypeError at once: what cannot be called would throw later, where nobody sees why. */
function callbackOf(given: unknown): SendCallback | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'function') return given as SendCallback;
  throw new TypeError(`callback must be a function, got ${JSON.stringify(given)}`);
}

/** Throws a TypeError where npm ws would send what RFC 6455 §5.1 forbids. */
export function checkMask(mask: boolean | undefined, role: Role): void {
  const must = role === 'client';
  if (mask === undefined || mask === must) return;
  throw new TypeError(`mask must be ${must} for a ${role} (RFC 6455 §5.1), got ${mask}`);
}
