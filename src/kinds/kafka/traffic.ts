import * as z from 'zod';
import type { Ask, KafkaTarget } from '../../clients/kafka/connect.ts';
import { StackctlError } from '../../errors.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type {
  StoreReading,
  TrafficCapability,
  TrafficRun,
  TrafficSink,
  TrafficStore,
} from '../../stack/contract/traffic.ts';
import { type KafkaOptions, topicName } from './options.ts';

type Input = ServiceInput<KafkaOptions>;

const storeSettings = z.strictObject({ topic: topicName.describe('Read from where it ended before the run') });
const sinkSettings = z.strictObject({
  topic: topicName.describe('Each event is a message with the JSON of its body'),
  key: z.string().min(1).optional().describe('Field of the body whose value becomes the key of the message'),
});

const CHECK_MS = 10_000;
const SEND_MS = 5000;
/** Of each question; how long the whole reading may take is up to the run. */
const READ_MS = 10_000;
/** A broker that was frozen or starts again has its partitions back within seconds. */
const PATIENCE_MS = 5000;

/** Events as messages, each with the JSON of its body; read back from a topic. */
export const traffic: TrafficCapability<KafkaOptions> = {
  sink: {
    settings: sinkSettings,
    check: async (input, given, { fields, signal }) => {
      const { topic, key } = sinkSettings.parse(given);
      const { checkKey, checkTopic } = await import('./event-topic.ts');
      return [...checkKey(key, fields), ...(await checkTopic(targetOf(input, CHECK_MS, signal), topic))];
    },
    open: (input, given, run) => openSink(input, sinkSettings.parse(given), run),
    repeatable: async () => ({
      why: 'a broker stores a message again that it has already: acks=all tells whether it is there, not whether it is there twice',
      next: 'Leave --retry out.',
    }),
  },
  store: {
    settings: storeSettings,
    check: async (input, given, { signal }) => {
      const { checkTopic } = await import('./event-topic.ts');
      return checkTopic(targetOf(input, CHECK_MS, signal), storeSettings.parse(given).topic);
    },
    open: (input, given, run) => openStore(input, storeSettings.parse(given), run),
    clean: () => ({
      type: 'cannot',
      why: 'of a topic no single messages can be deleted, only all before one of them',
      next: "Let the topic's retention delete them, or make the topic anew.",
    }),
  },
};

function targetOf({ service }: Input, timeoutMs: number, signal?: AbortSignal): KafkaTarget {
  const [instance] = service.instances;
  if (instance === undefined) throw new StackctlError('E_NOT_RUNNING', `${service.name} has no instances`);
  return { address: instance.client, timeoutMs, ...(signal !== undefined && { signal }) };
}

async function openSink(
  input: Input,
  { topic, key }: z.output<typeof sinkSettings>,
  { signal }: TrafficRun,
): Promise<TrafficSink> {
  const { createProduceWriter, openTopic } = await import('../../clients/kafka/event-writer.ts');
  const connect = () => openTopic(targetOf(input, SEND_MS), topic);
  const first = await inWords(input, { timeoutMs: SEND_MS, signal }, connect);
  return createProduceWriter({ first, connect, topic, key, timeoutMs: SEND_MS });
}

async function openStore(
  input: Input,
  { topic }: z.output<typeof storeSettings>,
  { runId, signal: ofRun }: TrafficRun,
): Promise<TrafficStore> {
  const [{ openKafka }, { BEGINNING, eventsBehind, presentState, whyForgotten }] = await Promise.all([
    import('../../clients/kafka/connect.ts'),
    import('../../clients/kafka/event-reader.ts'),
  ]);
  const asking = async <T>(signal: AbortSignal, use: (ask: Ask) => Promise<T>): Promise<T> => {
    const connection = await openKafka(targetOf(input, READ_MS, signal));
    try {
      return await use(connection.ask);
    } finally {
      connection.end();
    }
  };
  const begin = await inWords(input, { timeoutMs: READ_MS, signal: ofRun }, () =>
    asking(ofRun, (ask) => presentState(ask, topic)),
  );
  const readOn = (ask: Ask, state: typeof begin, signal: AbortSignal) =>
    eventsBehind(ask, topic, state, { runId, patienceMs: PATIENCE_MS, signal });
  const reading = (state: typeof begin) => (signal: AbortSignal) =>
    asking(signal, async (ask): Promise<StoreReading> => {
      const { found } = await readOn(ask, state, signal);
      return { found, contradictions: [], forgets: await whyForgotten(ask, topic, begin) };
    });
  let counted = { count: 0, state: begin };
  return {
    name: `${input.service.name} ${topic}`,
    guarantee: 'stored',
    count: async (signal) => {
      const before = counted;
      const { found, state } = await asking(signal, (ask) => readOn(ask, before.state, signal));
      counted = { count: before.count + found.total, state };
      return counted.count;
    },
    read: reading(begin),
    readAll: reading(BEGINNING),
    close: async () => undefined, // a connection for each question
  };
}

/** @throws E_NOT_READY with what is wrong in words; the signal's reason. */
async function inWords<T>(
  { service: { name } }: Input,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    signal.throwIfAborted();
    const { failureText } = await import('../../clients/kafka/failure.ts');
    throw new StackctlError('E_NOT_READY', `${name} is not ready: ${failureText(error, timeoutMs)}`, {
      hint: `Nothing was sent. See \`stackctl status\` and \`stackctl logs ${name}\`.`,
      details: { service: name },
      cause: error,
    });
  }
}
