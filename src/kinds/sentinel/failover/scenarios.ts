import type { Scenario } from '../../../stack/contract/failover.ts';

export const scenarios: readonly Scenario[] = [
  { name: 'master-kill', summary: 'SIGKILL of the master; it restarts after the failover', fault: 'kill' },
  { name: 'master-hang', summary: 'the master freezes; it resumes after the failover', fault: 'pause' },
  {
    // The old master goes on acknowledging writes until Sentinel demotes it, about 11 s later: they are lost. This
    // scenario shows that about the stock command.
    name: 'planned',
    summary: 'SENTINEL FAILOVER, the stock planned failover',
    fault: undefined,
    trigger: async (input, signal) =>
      (await import('../ask-to-fail-over.ts')).askToFailOver(input, 'E_FAULT_FAILED', signal),
  },
];
