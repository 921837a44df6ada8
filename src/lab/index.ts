/**
 * The server that `barewire serve` starts.
 *
 * Reading order: server.ts, routes.ts, visits.ts, endpoints.ts, ping-gnip.ts, countdown.ts, pages/
 */
export { developmentNames, startLab } from './server.ts';
export type { Lab, LabOptions } from './server.ts';
export { packageRoot } from './package-root.ts';
