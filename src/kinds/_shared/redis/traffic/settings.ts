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
  /** XADD: every field of the body is a field of the entry. */
  stream: keyAlone.optional(),
  /** ZADD: the member is the JSON of the body, or the value of a field; the score that of a field. */
  sortedSet: keyOr({ key: text, score: text, member: text.optional() }).optional(),
  /** HSET: the JSON of the body as one field; without its name, every field of the body as a field. */
  hash: keyOr({ key: text, field: text.optional() }).optional(),
  /** RPUSH of the JSON of the body. */
  list: keyAlone.optional(),
  /** SET to the JSON of the body. */
  string: keyAlone.optional(),
  /** PUBLISH of the JSON of the body. */
  channel: text.optional(),
  /** The body has `commands`: lists of words, one transaction for each event. */
  commands: z.literal(true).optional(),
};

const storeShape = {
  stream: keyAlone.optional(),
  sortedSet: keyAlone.optional(),
  hash: keyOr({ key: text, field: text.optional() }).optional(),
  list: keyAlone.optional(),
  string: keyAlone.optional(),
  channel: text.optional(),
};

export const sinkSettings = z.strictObject(sinkShape).refine((given) => hasOne(given, Object.keys(sinkShape)), {
  error: `must have exactly one of ${Object.keys(sinkShape).join(', ')}`,
});

export const storeSettings = z
  .strictObject({
    ...storeShape,
    /** The score of a member is the time of its event, in milliseconds since 1970: then no older one is read. */
    scores: z.literal('time').optional(),
    /** Whether an event overwrites the one before it, where the run does not write itself and so cannot know. */
    keeps: z.enum(['every', 'latest']).optional(),
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
