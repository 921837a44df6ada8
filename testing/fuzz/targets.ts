/**
 * All fuzz targets, in reading order.
 *
 * Spec      -
 * Next      main.ts - the command that runs them
 * Left out  -
 */
import { connectionTarget } from './connection-target.ts';
import { framesTarget } from './frames-target.ts';
import { sendingTarget } from './sending-target.ts';
import type { FuzzTarget } from './target.ts';

/** Everything that is tried. */
export const fuzzTargets: readonly FuzzTarget[] = [
  framesTarget as FuzzTarget,
  connectionTarget as FuzzTarget,
  sendingTarget as FuzzTarget,
];

/** The target of this name. */
export function findTarget(name: string): FuzzTarget | undefined {
  return fuzzTargets.find((target) => target.name === name);
}
