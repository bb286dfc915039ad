import * as z from 'zod';

export const sinkSettings = z.strictObject({});

const pattern = z.string().regex(/^[^*]*\*[^*]*$/, { error: 'must hold * once, e.g. room:{*}:ops' });

export const storeSettings = z
  .strictObject({
    streams: pattern
      .optional()
      .describe('Streams whose entries hold the ids; `*` stands for what differs between them'),
    latest: z
      .strictObject({ hash: pattern, field: z.string().min(1) })
      .optional()
      .describe('Hashes whose field holds the id of the last entry of the stream with the same name in place of `*`'),
    channels: pattern.optional().describe('Channels whose messages hold the ids'),
  })
  .refine(({ streams, channels }) => (streams === undefined) !== (channels === undefined), {
    error: 'must have exactly one of streams, channels',
  });

export type StoreSettings = z.output<typeof storeSettings>;
