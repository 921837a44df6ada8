/**
 * What reads a compressed connection from outside, gathered for commands.
 *
 * Spec      RFC 7692
 * Next      extensions.ts, deflate/negotiation.ts, deflate/decompressor.ts
 * Left out  -
 */
export { parseExtensions, type Extension, type ExtensionParameter } from './extensions.ts';
export { Decompressor, type DecompressorOptions } from './deflate/decompressor.ts';
export { Limiter } from './deflate/limiter.ts';
export { agreementOfAnswer, optionsOfOffer } from './deflate/negotiation.ts';
export type { DeflateAgreement, DeflateDirection } from './deflate/negotiation.ts';
export type { DeflateOptions } from './deflate/options.ts';
