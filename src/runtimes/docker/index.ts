/** Instances as containers of a Docker Engine. */
export { availability } from './availability.ts';
export { diagnose } from './diagnose.ts';
export { isRunning } from './is-running.ts';
export { joinNetwork } from './network/join-network.ts';
export { takenNetworks } from './network/taken-networks.ts';
export { open } from './open.ts';
