import * as z from 'zod';

const MAX_INT = 2_147_483_647;
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const settings = z.record(z.string().regex(/^[A-Za-z0-9._-]+$/, 'must be the name of a setting'), scalar);

/** Listeners, roles and folders follow from the stack; users may set everything else. */
const OWN_SETTINGS =
  /^(process\.roles|node\.id|broker\.id|listeners|advertised\.listeners|log\.dirs?|metadata\.log\.dir|controller\..*|inter\.broker\..*|listener\.security\.protocol\.map)$/;

export const topicName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/, 'must be letters, digits, dot, underscore and dash, at most 249');

const topic = z.strictObject({
  name: topicName.describe('Name of the topic'),
  partitions: z.number().int().min(1).max(10_000).default(1).describe('Partitions of the topic'),
  allowPartitionIncrease: z
    .boolean()
    .default(false)
    .describe('`migrate up` may add partitions: records with a key go to other partitions from then on'),
  allowDataLoss: z
    .boolean()
    .default(false)
    .describe(
      '`migrate up` may change settings so that records are deleted: a lower retention, another clean-up policy',
    ),
  config: settings.default({}).describe('Settings of the topic, e.g. `retention.ms: 604800000`'),
});

/** `options:` of a kafka service. */
export const kafkaOptions = z.strictObject({
  topics: z
    .array(topic)
    .refine((topics) => new Set(topics.map(({ name }) => name)).size === topics.length, 'names a topic twice')
    .default([])
    .describe(
      '`up` makes those that are missing and tells which differ; `migrate up` changes these too. None is ever deleted',
    ),
  autoCreateTopics: z
    .boolean()
    .default(false)
    .describe('Whether the broker makes a topic that a client asks for; it would have other partitions than declared'),
  retentionHours: z
    .number()
    .int()
    .min(1)
    .max(MAX_INT)
    .default(168)
    .describe('How long records are kept, in hours, in topics without a setting of their own'),
  heapMb: z.number().int().min(256).max(MAX_INT).default(512).describe('Size of the Java heap, in megabytes'),
  settings: settings
    .refine(
      (given) => Object.keys(given).every((key) => !OWN_SETTINGS.test(key)),
      'must not set listeners, roles, node ids or folders: they follow from the stack',
    )
    .default({})
    .describe('More lines of server.properties'),
});

export type KafkaOptions = z.output<typeof kafkaOptions>;
export type DeclaredTopic = KafkaOptions['topics'][number];
