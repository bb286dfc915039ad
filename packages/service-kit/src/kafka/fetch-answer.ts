/**
 * Answers to Fetch whose records stay bytes. The library makes seven objects of each record; everything else of a fetch (connections, versions,
 * metadata) is left to it.
 */
import { type API, type Connection, type Consumer, kGetApi, type Reader, ResponseError } from '@platformatic/kafka';

export interface FetchAnswer {
  readonly parts: readonly FetchedPart[];
}

/** Of one partition. */
export interface FetchedPart {
  readonly partition: number;
  readonly highWatermark: bigint;
  /** Batches of records. */
  readonly records: Buffer;
}

type FetchRequest = Parameters<Consumer['fetch']>[0];
type AnyApi = API<unknown[], unknown>;

type GetApi = (name: string, callback: (error: Error | null, api: AnyApi) => void) => void;

/** The function that fetches with this consumer; from now on its own `fetch` gives these answers too. */
export function openFetch(consumer: Consumer): (request: FetchRequest) => Promise<FetchAnswer> {
  const getApi = consumer[kGetApi].bind(consumer) as GetApi;
  const replaced: GetApi = (name, callback) =>
    getApi(name, (error, api) => callback(error, error === null && name === 'Fetch' ? keepingRecords(api) : api));
  consumer[kGetApi] = replaced as Consumer[typeof kGetApi];
  return (request) => consumer.fetch(request) as Promise<unknown> as Promise<FetchAnswer>;
}

/** The same request, and another reading of the answer. */
function keepingRecords(api: AnyApi): AnyApi {
  const asked = (connection: Connection, ...rest: unknown[]) => {
    const send: Connection['send'] = (key, version, payload, _, hasRequestTags, hasResponseTags, callback) =>
      connection.send(key, version, payload, readAnswer as never, hasRequestTags, hasResponseTags, callback);
    return api({ send } as Connection, ...rest);
  };
  return Object.assign(asked, api);
}

/** The first version that names topics by their id, as requests do here. */
const WITH_TOPIC_IDS = 13;

/** https://kafka.apache.org/protocol#The_Messages_Fetch. @throws ResponseError as the library does. */
export function readAnswer(_: number, key: number, version: number, reader: Reader): FetchAnswer {
  const errors: [where: string, code: number][] = [];
  const parts: FetchedPart[] = [];
  const note = (where: string, code: number): void => {
    if (code !== 0) errors.push([where, code]);
  };
  // How long the broker was told to wait before it answers.
  reader.readInt32();
  note('', reader.readInt16());
  // The session, which is not in use.
  reader.readInt32();
  reader.readArray((topic, index) => {
    if (version >= WITH_TOPIC_IDS) topic.readUUID();
    else topic.readString();
    topic.readArray((part, place) => {
      const partition = part.readInt32();
      note(`/responses/${index}/partitions/${place}`, part.readInt16());
      parts.push({ partition, ...readPart(part) });
    });
  });
  if (errors.length > 0) throw new ResponseError(key, version, Object.fromEntries(errors), { parts });
  return { parts };
}

function readPart(part: Reader): Omit<FetchedPart, 'partition'> {
  const highWatermark = part.readInt64();
  // The last stable offset and the first one of the log.
  part.readInt64();
  part.readInt64();
  part.readArray((aborted) => [aborted.readInt64(), aborted.readInt64()]);
  // A replica that would be nearer.
  part.readInt32();
  // One more than there are; 0 for none.
  const size = Math.max(0, part.readUnsignedVarInt() - 1);
  const records = size === 0 ? Buffer.alloc(0) : part.buffer.slice(part.position, part.position + size);
  part.skip(size);
  return { highWatermark, records };
}
