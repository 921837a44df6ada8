/**
 * A line that was typed into `barewire connect`: a message, or a command.
 *
 * Spec      -
 * Next      connect-session.ts - does what the line says
 * Left out  which close codes and lengths may be sent: the connection knows
 *
 *   line     = "/" command / "//" rest-of-text / text
 *   command  = "ping" [SP payload] / "close" [SP code [SP reason]] / "binary" [SP hex] / "help"
 */

/** What a line asks for. */
export type Command =
  | { kind: 'text'; text: string }
  | { kind: 'binary'; bytes: Buffer }
  | { kind: 'ping'; payload: string | undefined }
  | { kind: 'close'; code: number; reason: string }
  | { kind: 'help' }
  | { kind: 'mistake'; message: string };

/** What `/help` prints. */
export const commandHelp = `a line is sent as a text message; with a slash in front it is a command:
  /ping [TEXT]            send a ping, and say how long its pong took
  /close [CODE [REASON]]  close the connection; 1000 without a code
  /binary HEX             send a binary message: /binary 00 ff 10
  /help                   print this text
  //TEXT                  send a text that begins with a slash`;

/** Reads one line, without its end. */
export function parseCommand(line: string): Command {
  if (!line.startsWith('/')) return { kind: 'text', text: line };
  if (line.startsWith('//')) return { kind: 'text', text: line.slice(1) };
  const space = line.indexOf(' ');
  const name = space === -1 ? line : line.slice(0, space);
  const rest = space === -1 ? '' : line.slice(space + 1);
  switch (name) {
    case '/ping':
      return { kind: 'ping', payload: rest === '' ? undefined : rest };
    case '/close':
      return parseClose(rest);
    case '/binary':
      return parseBinary(rest);
    case '/help':
      return { kind: 'help' };
    default:
      return mistake(
        `there is no command "${name}"; /help lists them, //... sends a text with a slash in front`,
      );
  }
}

function parseClose(rest: string): Command {
  const [, digits, reason = ''] = /^ *([^ ]*) ?(.*)$/s.exec(rest) ?? [];
  if (digits === undefined || digits === '') return { kind: 'close', code: 1000, reason: '' };
  if (/^\d{4}$/.test(digits)) return { kind: 'close', code: Number(digits), reason };
  return mistake(`/close wants a code of four digits, and then a reason, got "${digits}"`);
}

function parseBinary(rest: string): Command {
  // Spaces may stand between bytes, not within one.
  if (/^ *(?:[0-9a-f]{2} *)*$/i.test(rest)) {
    return { kind: 'binary', bytes: Buffer.from(rest.replaceAll(' ', ''), 'hex') };
  }
  return mistake(`/binary wants bytes as pairs of hexadecimal digits, got "${rest}"`);
}

function mistake(message: string): Command {
  return { kind: 'mistake', message };
}
