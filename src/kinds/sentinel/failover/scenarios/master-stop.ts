import type { Scenario } from '../../../../stack/contract/scenario.ts';

/** A server that is asked to end waits for its replicas (`shutdown-timeout`, from Redis 7.0 on): nothing may be lost. */
export const masterStop: Scenario = {
  name: 'master-stop',
  summary: 'the master is asked to end (SIGTERM); it restarts after the failover',
  faults: ['stop'],
  expects: { switches: [1, 1] },
  isQuick: true,
  play: async (stage) => {
    await stage.strike(stage.primary, 'stop');
    await stage.untilSwitched();
  },
};
