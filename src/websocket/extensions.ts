/**
 * The `Sec-WebSocket-Extensions` header: text to values and back.
 *
 * Spec      RFC 6455 §9.1; RFC 9110 §5.6.1 lists, §5.6.4 quoted strings
 * Next      handshake.ts and client-handshake.ts - offer and accept
 * Left out  what any extension means
 *
 *   extension-list  = 1#extension
 *   extension       = token *( ";" extension-param )
 *   extension-param = token [ "=" ( token / quoted-string ) ]
 *
 *   permessage-deflate; client_max_window_bits; server_max_window_bits="10"
 *   '----- name -----'  '---- parameter -----'  '------- and its value -----'
 */
import { isToken, isTokenCode } from '../shared/index.ts';

/** A parameter of an extension; without `=` it has no value. */
export interface ExtensionParameter {
  name: string;
  value: string | undefined;
}

/** An extension as it is offered or accepted. Lists, so that no name can clash with ours. */
export interface Extension {
  name: string;
  parameters: ExtensionParameter[];
}

/**
 * Reads the header, in one pass: undefined if it breaks the grammar. Parameters keep their order
 * and may come twice; what that means is up to the extension.
 */
export function parseExtensions(header: string): Extension[] | undefined {
  const text = new Scanner(header);
  const extensions: Extension[] = [];
  do {
    text.skipSpace();
    // A list may have empty elements (RFC 9110 §5.6.1.2).
    if (text.atEnd() || text.isNext(',')) continue;
    const name = text.token();
    if (name === undefined) return undefined;
    const parameters: ExtensionParameter[] = [];
    while (text.take(';')) {
      const parameter = readParameter(text);
      if (parameter === undefined) return undefined;
      parameters.push(parameter);
    }
    extensions.push({ name, parameters });
  } while (text.take(','));
  return text.atEnd() && extensions.length > 0 ? extensions : undefined;
}

function readParameter(text: Scanner): ExtensionParameter | undefined {
  text.skipSpace();
  const name = text.token();
  if (name === undefined) return undefined;
  if (!text.take('=')) return { name, value: undefined };
  text.skipSpace();
  // MUST (RFC 6455 §9.1): what is in the quotes is a token too.
  const value = text.isNext('"') ? text.quoted() : text.token();
  return value === undefined || !isToken(value) ? undefined : { name, value };
}

/** Writes the header. Throws a TypeError for a name or a value that is no token. */
export function serializeExtensions(extensions: readonly Extension[]): string {
  return extensions
    .map(({ name, parameters }) => [checkToken(name), ...parameters.map(serializeParameter)])
    .map((parts) => parts.join('; '))
    .join(', ');
}

function serializeParameter({ name, value }: ExtensionParameter): string {
  return value === undefined ? checkToken(name) : `${checkToken(name)}=${checkToken(value)}`;
}

function checkToken(text: string): string {
  if (isToken(text)) return text;
  throw new TypeError(`extension must consist of tokens, got ${JSON.stringify(text)}`);
}

/** A text and how far it was read. Never goes back. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  isNext(mark: string): boolean {
    return this.#text[this.#at] === mark;
  }

  skipSpace(): void {
    while (this.isNext(' ') || this.isNext('\t')) this.#at++;
  }

  /** A mark, and the space on its left. */
  take(mark: string): boolean {
    this.skipSpace();
    if (!this.isNext(mark)) return false;
    this.#at++;
    return true;
  }

  token(): string | undefined {
    const start = this.#at;
    while (!this.atEnd() && isTokenCode(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#at === start ? undefined : this.#text.slice(start, this.#at);
  }

  // quoted-string = DQUOTE *( qdtext / "\" ( HTAB / SP / VCHAR / obs-text ) ) DQUOTE
  quoted(): string | undefined {
    let value = '';
    this.#at++;
    while (!this.atEnd() && !this.isNext('"')) {
      if (this.isNext('\\')) this.#at++;
      value += this.#text[this.#at++] ?? '';
    }
    if (this.atEnd()) return undefined;
    this.#at++;
    return value;
  }
}
