/** Events of a traffic run as messages. Pure. */
import { murmur2 } from '@platformatic/kafka';
import { fieldText, jsonOf, type TrafficEvent } from '../../stack/contract/traffic-event.ts';
import type { Message } from './produce-request.ts';

/** Half of what a broker takes as one batch unless it is configured otherwise (`message.max.bytes`). */
const REQUEST_BYTES = 512 * 1024;

/**
 * The value is the JSON of the body. A message with a key goes where clients in Java would send it; one without (the field is null
 * or absent) to the partition that follows from its sequence.
 * @param key field of the body. @param partitions of the topic.
 */
export function messageOf(event: TrafficEvent, key: string | undefined, partitions: number): Message {
  const text = key === undefined ? undefined : fieldText(event, key);
  const bytes = text === undefined ? undefined : Buffer.from(text);
  const partition = bytes === undefined ? event.sequence % partitions : (murmur2(bytes) & 0x7fffffff) % partitions;
  return { partition, key: bytes, value: Buffer.from(jsonOf(event)) };
}

/** In their order, so many together as one request may have; one that is larger is by itself. */
export function inRequests(messages: readonly Message[]): readonly (readonly Message[])[] {
  const requests: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const own = message.value.length + (message.key?.length ?? 0);
    if (bytes + own > REQUEST_BYTES) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(message);
    bytes += own;
  }
  return requests;
}
