/** Whether settings and servers fit each other: asked before anything is sent. */
import type { Redis } from 'ioredis';
import { checkKeyType, checkKeyTypes, type EventKeyType } from '../../../../clients/redis/key-type.ts';
import { keysLike } from '../../../../clients/redis/keys-like.ts';
import { defined } from '../../../../lib/defined.ts';
import type { ServiceInput } from '../../../../stack/contract/model.ts';
import type { TrafficRun } from '../../../../stack/contract/traffic.ts';
import { suggest } from '../../../../stack/source/suggest.ts';
import type { Mistake } from '../../../../stack/source/zod-problems.ts';
import { withMaster } from '../master.ts';
import type { RedisOptions } from '../options.ts';
import { parseKeyTemplate } from './key-template.ts';
import { TIMEOUT_MS } from './reading.ts';
import { type SinkSettings, type StoreSettings, sinkSettings, storeSettings } from './settings.ts';

/** A pattern that is wrong is wrong for many keys. */
const MOST_MISTAKES = 5;
const MOST_LOOKED_AT = 20_000;

const TYPES = { stream: 'stream', sortedSet: 'zset', hash: 'hash', list: 'list', string: 'string' } as const;

type Input = ServiceInput<RedisOptions>;

/** @param given as the profile has them. @returns mistakes whose paths begin at the settings. */
export async function checkSink(input: Input, given: unknown, run: TrafficRun): Promise<readonly Mistake[]> {
  const settings = sinkSettings.parse(given);
  const { sortedSet, commands } = settings;
  const named = [
    ...(sortedSet === undefined ? [] : [fieldMistake(sortedSet.score, ['sortedSet', 'score'], run)]),
    ...(sortedSet?.member === undefined ? [] : [fieldMistake(sortedSet.member, ['sortedSet', 'member'], run)]),
    ...(commands === undefined ? [] : [fieldMistake('commands', ['commands'], run)]),
  ].flat();
  return [...named, ...(await checkKeys(input, { settings, given, stars: false }, run))];
}

/** The same for a store. */
export async function checkStore(input: Input, given: unknown, run: TrafficRun): Promise<readonly Mistake[]> {
  return checkKeys(input, { settings: storeSettings.parse(given), given, stars: true }, run);
}

interface Checked {
  readonly settings: SinkSettings | StoreSettings;
  readonly given: unknown;
  readonly stars: boolean;
}

/** A key that is not there yet is made by the first event. Of many that are there only a part is looked at. */
async function checkKeys(
  input: Input,
  { settings, given, stars }: Checked,
  run: TrafficRun,
): Promise<readonly Mistake[]> {
  const mistakes: Mistake[] = [];
  const { channel, hash } = settings;
  const named = (text: string, path: readonly string[]) => {
    const template = parseKeyTemplate(text, { runId: run.runId, stars });
    mistakes.push(...template.fields.flatMap((field) => fieldMistake(field, path, run, '{…}')));
    return template;
  };
  if (channel !== undefined) named(channel, ['channel']);
  if (hash?.field !== undefined) named(hash.field, ['hash', 'field']);
  for (const [name, type] of Object.entries(TYPES)) {
    const key = settings[name as keyof typeof TYPES]?.key;
    if (key === undefined) continue;
    const path = isText(given, name) ? [name] : [name, 'key'];
    const template = named(key, path);
    if (mistakes.length > 0) continue;
    const found = await withMaster(input, TIMEOUT_MS, async (client) =>
      template.fixed === undefined
        ? checkLike(client, { pattern: template.glob, type, path }, run)
        : checkKeyType(client, template.fixed, type, path),
    );
    mistakes.push(...found);
  }
  return mistakes;
}

function isText(given: unknown, name: string): boolean {
  return typeof given === 'object' && given !== null && typeof Reflect.get(given, name) === 'string';
}

async function checkLike(
  client: Redis,
  { pattern, type, path }: { readonly pattern: string; readonly type: EventKeyType; readonly path: readonly string[] },
  { signal }: TrafficRun,
): Promise<readonly Mistake[]> {
  const keys = await keysLike(client, { pattern, most: MOST_LOOKED_AT }, signal);
  return checkKeyTypes(client, keys, { wanted: type, path, most: MOST_MISTAKES });
}

/** @param shown how the setting writes the name of a field, where it is not the whole of it. */
function fieldMistake(
  name: string,
  path: readonly string[],
  { fields }: TrafficRun,
  shown?: '{…}',
): readonly Mistake[] {
  if (fields.includes(name)) return [];
  const written = shown === undefined ? name : `{${name}}`;
  const braces = shown === undefined ? '' : `; braces that belong to the key are written \\{ and \\}`;
  const message = `the body has no field ${written}${braces}`;
  return [{ path, part: 'value', message, ...defined({ suggestion: suggest(name, [...fields]) }) }];
}
