import * as z from 'zod';

const text = z.string().min(1);

/** A key alone, or a map of the key and what else there is. What is wrong in the map is told with its own place. */
function keyOr<Shape extends z.ZodRawShape>(shape: Shape) {
  const loose = z.looseObject(Object.fromEntries(Object.keys(shape).map((name) => [name, z.unknown().optional()])));
  return z
    .union([z.string(), loose])
    .transform((given) => (typeof given === 'string' ? { key: given } : given))
    .pipe(z.strictObject(shape));
}

const keyAlone = keyOr({ key: text });

/** Of these a service is sent events by exactly one. */
const sinkShape = {
  stream: keyAlone.optional().describe('XADD: every field of the body is a field of the entry'),
  sortedSet: keyOr({ key: text, score: text, member: text.optional() })
    .optional()
    .describe('ZADD: the member is the JSON of the body, or the value of a field; the score that of a field'),
  hash: keyOr({ key: text, field: text.optional() })
    .optional()
    .describe('HSET: the JSON of the body as one field; without its name, every field of the body as a field'),
  list: keyAlone.optional().describe('RPUSH of the JSON of the body'),
  string: keyAlone.optional().describe('SET to the JSON of the body'),
  channel: text.optional().describe('PUBLISH of the JSON of the body'),
  commands: z
    .literal(true)
    .optional()
    .describe('The body has `commands`: lists of words, one transaction for each event'),
};

const storeShape = {
  stream: keyAlone.optional().describe('Entries with the id'),
  sortedSet: keyAlone.optional().describe('Members with the id'),
  hash: keyOr({ key: text, field: text.optional() }).optional().describe('Fields whose value has the id'),
  list: keyAlone.optional().describe('Items with the id'),
  string: keyAlone.optional().describe('A value with the id'),
  channel: text.optional().describe('Messages with the id, counted as they come: a channel keeps nothing'),
};

export const sinkSettings = z.strictObject(sinkShape).refine((given) => hasOne(given, Object.keys(sinkShape)), {
  error: `must have exactly one of ${Object.keys(sinkShape).join(', ')}`,
});

export const storeSettings = z
  .strictObject({
    ...storeShape,
    scores: z
      .literal('time')
      .optional()
      .describe('The score of a member is the time of its event, in milliseconds since 1970: no older one is read'),
    keeps: z
      .enum(['every', 'latest'])
      .optional()
      .describe('Whether an event overwrites the one before it, where another service writes'),
  })
  .refine((given) => hasOne(given, Object.keys(storeShape)), {
    error: `must have exactly one of ${Object.keys(storeShape).join(', ')}`,
  })
  .refine(({ sortedSet, scores }) => scores === undefined || sortedSet !== undefined, {
    path: ['scores'],
    error: 'is for a sortedSet',
  })
  .refine(({ string, hash, keeps }) => keeps === undefined || (string ?? hash) !== undefined, {
    path: ['keeps'],
    error: 'is for a string or a hash',
  });

export type SinkSettings = z.output<typeof sinkSettings>;
export type StoreSettings = z.output<typeof storeSettings>;

function hasOne(given: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return names.filter((name) => given[name] !== undefined).length === 1;
}
