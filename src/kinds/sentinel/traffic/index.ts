import type { RedisCommand } from '../../../clients/redis/event-writer.ts';
import type { TrafficCapability } from '../../../stack/contract/traffic.ts';
import type { TrafficEvent } from '../../../stack/contract/traffic-event.ts';
import { commandsIn, eventBody } from '../../_shared/redis/traffic/commands.ts';
import type { SentinelOptions } from '../options.ts';
import { sinkSettings, storeSettings } from './settings.ts';
import { noteWritten } from './written.ts';

/** Events as transactions on the master that the Sentinels name, which is looked for again when it changes. */
export const traffic: TrafficCapability<SentinelOptions> = {
  sink: {
    settings: sinkSettings,
    body: eventBody,
    open: async (input, _settings, run) => {
      const note = noteWritten(run);
      const noted = (event: TrafficEvent): readonly RedisCommand[] => {
        const commands = commandsIn(event);
        note(commands);
        return commands;
      };
      return (await import('./sink.ts')).openSink(input, noted);
    },
    repeatable: async () => ({
      why: 'its commands are those of the profile, and a server that gets them again does them again',
      next: 'Leave --retry out.',
    }),
  },
  store: {
    settings: storeSettings,
    check: async (input, settings, { signal }) => {
      const parsed = storeSettings.parse(settings);
      return parsed.channels === undefined ? (await import('./streams.ts')).checkStreams(input, parsed, signal) : [];
    },
    open: async (input, settings, run) => {
      const parsed = storeSettings.parse(settings);
      return parsed.channels === undefined
        ? (await import('./streams.ts')).openStreams(input, parsed, run)
        : (await import('./channels.ts')).openChannels(input, parsed.channels, run);
    },
    clean: (settings) => {
      const parsed = storeSettings.parse(settings);
      if (parsed.channels !== undefined) return { type: 'keepsNothing' };
      const hashes = parsed.latest === undefined ? '' : `the latest value in ${parsed.latest.hash}, and `;
      return {
        type: 'deletes',
        stays: `${hashes}what its other commands wrote: what was there before them is not known`,
        delete: async (input, run) => (await import('./streams.ts')).cleanStreams(input, parsed, run),
      };
    },
  },
  replay: { takes: 'command', open: async (input) => (await import('./sink.ts')).openReplay(input) },
  record: { records: 'command', open: async (input) => (await import('./record.ts')).openRecord(input) },
};
