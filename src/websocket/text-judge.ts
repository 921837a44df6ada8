/**
 * A text that arrives in pieces, and the first byte at which it is no UTF-8.
 *
 * Spec      RFC 6455 §8.1; RFC 3629 §4
 * Next      utf8.ts - says only whether; trace-stream.ts - asks where
 * Left out  -
 */
import { CloseCode } from './constants.ts';
import { Utf8Validator } from './utf8.ts';
import { WebSocketError } from './websocket-error.ts';

/** A byte, by its place in a piece, that breaks a rule. */
export interface BadByte {
  index: number;
  error: WebSocketError;
}

const nothing = Buffer.alloc(0);

/** Judges one text, piece by piece. */
export class TextJudge {
  readonly #validator = new Utf8Validator();
  /** The bytes of a character whose end has not come: 3 at most. */
  #begun: Buffer = nothing;

  /** Takes the next piece; answers with the first byte that no valid text can have there. */
  push(piece: Uint8Array): BadByte | undefined {
    if (!this.#validator.push(piece)) return { index: this.#find(piece), error: notUtf8() };
    const tail = Buffer.concat([this.#begun, piece.subarray(-3)]);
    const first = tail.findLastIndex((byte) => byte >= 0xc0);
    this.#begun = this.#validator.complete ? nothing : tail.subarray(first);
    return undefined;
  }

  /** Whether the text could end here; if not, the error of ending it. */
  end(): WebSocketError | undefined {
    return this.#validator.complete ? undefined : notUtf8();
  }

  #find(piece: Uint8Array): number {
    const again = new Utf8Validator();
    again.push(this.#begun);
    let index = 0;
    while (again.push(piece.subarray(index, index + 1))) index++;
    return index;
  }
}

function notUtf8(): WebSocketError {
  const what = 'expected text in UTF-8, got other bytes';
  return new WebSocketError('ERR_WS_INVALID_UTF8', what, '§8.1', CloseCode.invalidPayload);
}
