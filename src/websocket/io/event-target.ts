/**
 * The WHATWG face of a connection: `onmessage`, `addEventListener`, and the events they are given.
 *
 * Spec      WHATWG WebSockets §3.1 the interface; DOM §2.7 add an event listener
 * Next      connection.ts - the connection itself
 * Left out  capture, bubbling and `dispatchEvent`: a connection has no parent
 *
 *   emitter event                 what a handler is given
 *   open    ()                    Event
 *   message (data, isBinary)      MessageEvent: `data` is a string for text
 *   error   (error)               ErrorEvent: `error`, `message`
 *   close   (code, reason)        CloseEvent: `code`, `reason`, `wasClean`
 */
import { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** The four events of the WHATWG interface. */
export type SocketEventType = 'open' | 'message' | 'error' | 'close';

/** What all events of a connection tell. */
export interface SocketEvent {
  readonly type: string;
  /** The connection. */
  readonly target: unknown;
}

/** What each type of event tells besides. */
export interface SocketEvents {
  open: SocketEvent;
  /** `data`: a string, or bytes as `binaryType` says. */
  message: SocketEvent & { readonly data: string | Buffer | ArrayBuffer | Buffer[] | Blob };
  error: SocketEvent & { readonly error: unknown; readonly message: string };
  close: SocketEvent & {
    readonly code: number;
    readonly reason: string;
    readonly wasClean: boolean;
  };
}

/** What `addEventListener` takes for a type of event. */
export type SocketEventHandler<Type extends SocketEventType> = Handler<SocketEvents[Type]>;

/** One of `never` stands for all of them: what it is given is checked where it was added. */
type Handler<Given> = ((event: Given) => void) | { handleEvent(event: Given): void };

/** What a CloseEvent tells. */
export interface CloseEventInit {
  code?: number;
  reason?: string;
  wasClean?: boolean;
}

/** How a connection ended. */
class SocketCloseEvent extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(type: string, init: CloseEventInit = {}) {
    super(type);
    this.code = init.code ?? 0;
    this.reason = init.reason ?? '';
    this.wasClean = init.wasClean ?? false;
  }
}

const known = globalThis as { CloseEvent?: typeof SocketCloseEvent };

/** The `CloseEvent` of Node where it has one (23 and newer), else our own. */
export const CloseEvent: typeof SocketCloseEvent = known.CloseEvent ?? SocketCloseEvent;

/** What went wrong, for handlers of `error`. */
export class ErrorEvent extends Event {
  readonly error: unknown;
  readonly message: string;

  constructor(type: string, init: { error?: unknown; message?: string } = {}) {
    super(type);
    this.error = init.error;
    this.message = init.message ?? '';
  }
}

/** What a connection emits, in the dialect of npm ws. */
export interface ConnectionEvents {
  open: [];
  /** A Buffer, or for binary messages what `binaryType` asks for. */
  message: [data: Buffer, isBinary: boolean];
  ping: [payload: Buffer];
  pong: [payload: Buffer];
  error: [error: Error];
  close: [code: number, reason: Buffer];
  upgrade: [response: IncomingMessage];
  redirect: [url: string, request: ClientRequest];
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
}

/** A listener of the emitter that stands for a handler of the WHATWG interface. */
interface Listener {
  (this: SocketEventTarget, ...values: unknown[]): void;
  handler?: Handler<never>;
  isAttribute?: boolean;
}

type MakeEvent = (socket: SocketEventTarget, values: readonly unknown[]) => Event;

const makers: Readonly<Record<SocketEventType, MakeEvent>> = {
  open: () => new Event('open'),
  message: (_socket, [data, isBinary]) =>
    new MessageEvent('message', { data: isBinary === true ? data : String(data) }),
  error: (_socket, [error]) =>
    new ErrorEvent('error', { error, message: error instanceof Error ? error.message : '' }),
  close: (socket, [code, reason]) =>
    new CloseEvent('close', {
      code: Number(code),
      reason: String(reason),
      wasClean: socket.wasClean,
    }),
};

/** An emitter that is an event target too: both kinds of listeners, called in one order. */
export abstract class SocketEventTarget extends EventEmitter<ConnectionEvents> {
  /** Whether the connection ended with both close frames. */
  abstract get wasClean(): boolean;

  get onopen(): SocketEventHandler<'open'> | null {
    return this.#attribute('open');
  }

  set onopen(handler: SocketEventHandler<'open'> | null) {
    this.#setAttribute('open', handler);
  }

  get onmessage(): SocketEventHandler<'message'> | null {
    return this.#attribute('message');
  }

  set onmessage(handler: SocketEventHandler<'message'> | null) {
    this.#setAttribute('message', handler);
  }

  get onerror(): SocketEventHandler<'error'> | null {
    return this.#attribute('error');
  }

  set onerror(handler: SocketEventHandler<'error'> | null) {
    this.#setAttribute('error', handler);
  }

  get onclose(): SocketEventHandler<'close'> | null {
    return this.#attribute('close');
  }

  set onclose(handler: SocketEventHandler<'close'> | null) {
    this.#setAttribute('close', handler);
  }

  /**
   * Adds a handler for `open`, `message`, `error` or `close`; the same one for the same event only
   * once. Handlers of other events are ignored, as an event target does that never emits them.
   */
  addEventListener<Type extends SocketEventType>(
    type: Type,
    handler: SocketEventHandler<Type>,
    options: { once?: boolean } = {},
  ): void {
    if (this.#listeners(type).some((listener) => isHandler(listener, handler))) return;
    this.#add(type, handler, options.once === true, false);
  }

  /** Takes away a handler that `addEventListener` added. */
  removeEventListener<Type extends SocketEventType>(
    type: Type,
    handler: SocketEventHandler<Type>,
  ): void {
    const listener = this.#listeners(type).find((each) => isHandler(each, handler));
    if (listener !== undefined) this.off(type as SocketEventType, listener);
  }

  #add(type: string, handler: Handler<never>, once: boolean, isAttribute: boolean): void {
    if (!Object.hasOwn(makers, type)) return;
    const makeEvent = makers[type as SocketEventType];
    const listener: Listener = function (...values) {
      const event = makeEvent(this, values);
      // An event of the DOM learns its target when it is dispatched; ours never is.
      Object.defineProperty(event, 'target', { value: this, configurable: true });
      Object.defineProperty(event, 'currentTarget', { value: this, configurable: true });
      if (typeof handler === 'function') handler.call(this, event as never);
      else handler.handleEvent(event as never);
    };
    listener.handler = handler;
    listener.isAttribute = isAttribute;
    if (once) this.once(type as SocketEventType, listener);
    else this.on(type as SocketEventType, listener);
  }

  #attribute<Type extends SocketEventType>(type: Type): SocketEventHandler<Type> | null {
    return (this.#attributeListener(type)?.handler as SocketEventHandler<Type>) ?? null;
  }

  #attributeListener(type: SocketEventType): Listener | undefined {
    return this.#listeners(type).find((listener) => listener.isAttribute === true);
  }

  #setAttribute(type: SocketEventType, handler: Handler<never> | null): void {
    const before = this.#attributeListener(type);
    if (before !== undefined) this.off(type, before);
    if (typeof handler === 'function') this.#add(type, handler, false, true);
  }

  /** A listener that was added with `once` is told as itself, and `off` knows it by that. */
  #listeners(type: string): Listener[] {
    return this.listeners(type as SocketEventType) as Listener[];
  }
}

function isHandler(listener: Listener, handler: Handler<never>): boolean {
  return listener.handler === handler && listener.isAttribute === false;
}
