import type { TrafficCapability } from '../../../stack/contract/traffic.ts';
import type { RedisOptions } from './options.ts';
import { cleaning, repeatable } from './traffic/again.ts';
import { sinkSettings, storeSettings } from './traffic/settings.ts';

const TIMEOUT_MS = 3000;

/** Events as the write commands of applications, read back from what these leave behind. */
export const traffic: TrafficCapability<RedisOptions> = {
  sink: {
    settings: sinkSettings,
    check: async (input, given, run) => (await import('./traffic/check.ts')).checkSink(input, given, run),
    open: async (input, given, run) =>
      (await import('./traffic/sink.ts')).openSink(input, sinkSettings.parse(given), run),
    repeatable: async (_input, given, run) => repeatable(sinkSettings.parse(given), run),
  },
  store: {
    settings: storeSettings,
    check: async (input, given, run) => (await import('./traffic/check.ts')).checkStore(input, given, run),
    open: async (input, given, run) =>
      (await import('./traffic/store.ts')).openStore(input, storeSettings.parse(given), run),
    clean: (given) => cleaning(storeSettings.parse(given)),
  },
  replay: {
    takes: 'command',
    open: async (input) => {
      const [{ createReplayWriter }, { openBulk }, { masterInstance, targetOf }] = await Promise.all([
        import('../../../clients/redis/replay-writer.ts'),
        import('../../../clients/redis/bulk-connection.ts'),
        import('./master.ts'),
      ]);
      await masterInstance(input);
      const connect = async () => openBulk(targetOf(input, await masterInstance(input), TIMEOUT_MS));
      return createReplayWriter({ connect, timeoutMs: TIMEOUT_MS });
    },
  },
  record: {
    records: 'command',
    open: async (input) => {
      const [{ openMonitor }, { masterInstance, targetOf }] = await Promise.all([
        import('../../../clients/redis/monitor.ts'),
        import('./master.ts'),
      ]);
      const master = await masterInstance(input);
      return openMonitor(targetOf(input, master, TIMEOUT_MS), master.name);
    },
  },
};
