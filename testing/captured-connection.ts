/**
 * A connection as it may be captured: the handshake that RFC 6455 prints, and lines of a capture.
 *
 * Spec      RFC 6455 §1.2, §1.3
 * Next      test/cli/inspect.test.ts
 * Left out  -
 */

/** The request of a client. */
export const requestText = [
  'GET /chat HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Origin: http://example.com',
  'Sec-WebSocket-Protocol: chat, superchat',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');

/** The answer of a server. */
export const responseText = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  'Sec-WebSocket-Protocol: chat',
  '',
  '',
].join('\r\n');

/** The hexadecimal of a text. */
export function hexOf(text: string): string {
  return Buffer.from(text).toString('hex');
}

/** A capture that begins with the handshake. */
export function captureOf(...lines: readonly string[]): string {
  const handshake = [`> ${hexOf(requestText)}`, `< ${hexOf(responseText)}`];
  return [...handshake, ...lines, ''].join('\n');
}
