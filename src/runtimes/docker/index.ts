/** Instances as containers of a Docker Engine. */
export { availability } from './availability.ts';
export { diagnose } from './diagnose.ts';
export { isRunning } from './is-running.ts';
export { open } from './open.ts';
export { takenNetworks } from './taken-networks.ts';
