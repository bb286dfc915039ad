import type { FailoverCapability } from '../../../stack/contract/failover.ts';
import { optionsOf } from '../group.ts';
import { clients } from './clients.ts';
import { explain } from './explain.ts';
import { faults } from './faults.ts';
import { workloads, writerProblem } from './own-writer.ts';
import { scenarios } from './scenarios/index.ts';

const ROLES_EVERY_MS = 50;

/** How a Sentinel group is judged by `failover-test`. What needs a connection is loaded when it is called. */
export const failover: FailoverCapability = {
  arbiterTitle: 'Sentinel',
  scenarios,
  faults,
  clients,
  workloads,
  writerProblem,
  detectionMs: (input) => optionsOf(input).downAfterMs,
  steady: async (input, signal, options) => (await import('./steady.ts')).steady(input, signal, options),
  startWriting: async (input, options) => (await import('./writing.ts')).startWriting(input, options),
  watch: async (input, onEvent) => (await import('./watch.ts')).watch(input, onEvent),
  watchRoles: async (input, onSample) => (await import('./roles.ts')).watchRoles(input, onSample, ROLES_EVERY_MS),
  rolesEveryMs: ROLES_EVERY_MS,
  explain,
  finalRead: async (...input) => (await import('./final-read.ts')).finalRead(...input),
  remedies: async (...input) => (await import('./remedies.ts')).remedies(...input),
  cleanUp: async (input, runId) => (await import('./clean-up.ts')).cleanUp(input, runId),
};
