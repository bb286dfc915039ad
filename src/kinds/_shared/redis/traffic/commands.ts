/** What events are as commands of Redis. Pure. */
import * as z from 'zod';
import type { RedisCommand } from '../../../../clients/redis/event-writer.ts';
import { fieldText, jsonOf, type TrafficEvent } from '../../../../stack/contract/traffic-event.ts';
import { parseKeyTemplate, textOf } from './key-template.ts';
import type { SinkSettings } from './settings.ts';

/** The commands of an event; several are one transaction. @throws Error for an event that cannot be written. */
export type CommandsOf = (event: TrafficEvent) => readonly RedisCommand[];

const word = z.union([z.string(), z.number(), z.boolean()]);

/** The body of an event has `commands`: lists of words, sent as one transaction. */
export const eventBody = z.object({ commands: z.array(z.array(word).min(1)).min(1) });

export function commandsIn(event: TrafficEvent): readonly RedisCommand[] {
  const { data } = eventBody.safeParse(event.body);
  if (data === undefined) throw new Error('a word of its commands is no text, number or truth value');
  return data.commands.map(([name = '', ...args]) => [String(name), ...args.map(String)]);
}

export function commandsOf(settings: SinkSettings, runId: string): CommandsOf {
  const { stream, sortedSet, hash, list, string, channel } = settings;
  const key = (text: string) => parseKeyTemplate(text, { runId, stars: false }).fill;
  if (stream !== undefined) {
    const to = key(stream.key);
    return (event) => [['XADD', to(event), '*', ...fieldsOf(event.body)]];
  }
  if (sortedSet !== undefined) {
    const [to, { score, member }] = [key(sortedSet.key), sortedSet];
    return (event) => [
      ['ZADD', to(event), scoreOf(event, score), member === undefined ? jsonOf(event) : textOf(event, member)],
    ];
  }
  if (hash?.field !== undefined) {
    const [to, field] = [key(hash.key), key(hash.field)];
    return (event) => [['HSET', to(event), field(event), jsonOf(event)]];
  }
  if (hash !== undefined) {
    const to = key(hash.key);
    return (event) => [['HSET', to(event), ...fieldsOf(event.body)]];
  }
  const one = list !== undefined ? (['RPUSH', list.key] as const) : (['SET', string?.key] as const);
  const [name, template] = channel !== undefined ? (['PUBLISH', channel] as const) : one;
  if (template === undefined) return commandsIn;
  const to = key(template);
  return (event) => [[name, to(event), jsonOf(event)]];
}

/** Every field and its value; one that is not text is written as JSON. */
function fieldsOf(body: TrafficEvent['body']): readonly string[] {
  const words: string[] = [];
  for (const field of Object.keys(body)) {
    const value = body[field];
    words.push(field, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return words;
}

/** A number, also as text; a time in ISO 8601 as its milliseconds since 1970. */
function scoreOf(event: TrafficEvent, field: string): string {
  const text = fieldText(event, field) ?? '';
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const score = Number.isNaN(number) && ISO_TIME.test(text) ? Date.parse(text) : number;
  if (!Number.isFinite(score)) throw new Error(`${field}, which is its score, is no number and no time`);
  return String(score);
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT/;
