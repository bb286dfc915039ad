import * as z from 'zod';
import type { RedisCommand } from '../../../clients/redis/event-writer.ts';
import type { TrafficCapability, TrafficEvent } from '../../../stack/contract/traffic.ts';
import type { SentinelOptions } from '../options.ts';

const sinkSettings = z.strictObject({});

const word = z.union([z.string(), z.number(), z.boolean()]);
/** The body of an event has `commands`: lists of words, sent to the master as one transaction. */
const body = z.object({ commands: z.array(z.array(word).min(1)).min(1) });

const pattern = z.string().regex(/^[^*]*\*[^*]*$/, { error: 'must hold * once, e.g. room:{*}:ops' });

export const storeSettings = z
  .strictObject({
    /** Streams whose entries hold the ids. */
    streams: pattern.optional(),
    /** Hashes whose field holds the id of the last entry of the stream with the same name in place of `*`. */
    latest: z.strictObject({ hash: pattern, field: z.string().min(1) }).optional(),
    /** Channels whose messages hold the ids. */
    channels: pattern.optional(),
  })
  .refine(({ streams, channels }) => (streams === undefined) !== (channels === undefined), {
    error: 'must have exactly one of streams, channels',
  });

export type StoreSettings = z.output<typeof storeSettings>;

/** Events as transactions on the master that the Sentinels name, found anew when it is another one. */
export const traffic: TrafficCapability<SentinelOptions> = {
  sink: {
    settings: sinkSettings,
    body,
    open: async (input) => (await import('./sink.ts')).openSink(input, commandsOf),
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
  },
};

function commandsOf(event: TrafficEvent): readonly RedisCommand[] {
  return body.parse(event.body).commands.map(([name = '', ...args]) => [String(name), ...args.map(String)]);
}
