/**
 * All fuzz targets, in reading order.
 *
 * Spec      -
 * Next      main.ts - the command that runs them
 * Left out  -
 */
import { admissionTarget } from './admission-target.ts';
import { compressedTarget } from './compressed-target.ts';
import { connectionTarget } from './connection-target.ts';
import { deflateTarget, inflateTarget } from './deflate-target.ts';
import { framesTarget } from './frames-target.ts';
import { grammarTarget } from './grammar-target.ts';
import { clientHandshakeTarget, serverHandshakeTarget } from './handshake-target.ts';
import { negotiationTarget } from './negotiation-target.ts';
import { redirectTarget } from './redirect-target.ts';
import { sendingTarget } from './sending-target.ts';
import type { FuzzTarget } from './target.ts';

/** Everything that is tried. */
export const fuzzTargets: readonly FuzzTarget[] = [
  framesTarget as FuzzTarget,
  connectionTarget as FuzzTarget,
  sendingTarget as FuzzTarget,
  serverHandshakeTarget as FuzzTarget,
  clientHandshakeTarget as FuzzTarget,
  grammarTarget as FuzzTarget,
  admissionTarget as FuzzTarget,
  redirectTarget as FuzzTarget,
  negotiationTarget as FuzzTarget,
  deflateTarget as FuzzTarget,
  inflateTarget as FuzzTarget,
  compressedTarget as FuzzTarget,
];

/** The target of this name. */
export function findTarget(name: string): FuzzTarget | undefined {
  return fuzzTargets.find((target) => target.name === name);
}
