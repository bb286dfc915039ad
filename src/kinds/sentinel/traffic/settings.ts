import * as z from 'zod';

export const sinkSettings = z.strictObject({});

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
