/** What is used of faye-websocket, which brings no types. */
declare module 'faye-websocket' {
  import type { EventEmitter } from 'node:events';

  class Client extends EventEmitter {
    constructor(url: string, protocols?: string[], options?: object);
    readonly protocol: string;
    send(data: string | Buffer): boolean;
    ping(message: string, callback: () => void): boolean;
    close(code?: number, reason?: string): void;
  }
  const faye: { Client: typeof Client };
  export default faye;
}
