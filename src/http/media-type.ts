/**
 * What kind of body a Content-Type announces.
 *
 * Spec      RFC 9110 §8.3.1 media type; RFC 8259 §8.1 JSON is UTF-8
 * Next      io/body.ts - refuses with 415 what it does not read
 * Left out  all parameters but charset
 */
import { asciiLowerCase, trimOws } from '../shared/index.ts';

/** A media type in lower case, and its charset if it names one. */
export interface MediaType {
  type: string;
  charset: string | undefined;
}

/** Reads a Content-Type header; whatever it holds gives a media type, if only one nobody knows. */
export function parseMediaType(contentType: string): MediaType {
  const [type = '', ...parameters] = contentType.split(';').map(trimOws).map(asciiLowerCase);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return { type, charset: charset?.slice('charset='.length).replace(/^"(.*)"$/, '$1') };
}

/** Whether a Content-Type is this type, in UTF-8 as far as it says. */
export function isUtf8MediaType(contentType: string, type: string): boolean {
  const given = parseMediaType(contentType);
  return given.type === type && (given.charset === undefined || given.charset === 'utf-8');
}
