import { failureText } from '../../../../clients/redis/failure.ts';
import { parseInfo } from '../../../../clients/redis/info.ts';
import { type RedisCaller, withReadOnlyRedis } from '../../../../clients/redis/read-only.ts';
import { StackctlError } from '../../../../errors.ts';
import type { Instance, ServiceInput } from '../../../../stack/contract/model.ts';
import { targetOf } from '../master.ts';
import type { RedisOptions } from '../options.ts';

export type Input = ServiceInput<RedisOptions>;
export type Info = ReadonlyMap<string, string>;

/** Deadline of one command. */
const TIMEOUT_MS = 2000;

export interface Answers<T> {
  readonly answers: readonly { readonly instance: Instance; readonly answer: T }[];
  /** One for each server that did not answer. */
  readonly notes: readonly string[];
}

/** Asks every server of the service. @throws E_NOT_READY when none answers. */
export async function askEach<T>(
  input: Input,
  signal: AbortSignal,
  use: (client: RedisCaller, instance: Instance) => Promise<T>,
): Promise<Answers<T>> {
  const asked = await Promise.all(
    input.service.instances.map(async (instance) => {
      try {
        return {
          instance,
          answer: await withReadOnlyRedis(targetOf(input, instance, TIMEOUT_MS), (one) => use(one, instance)),
        };
      } catch (error) {
        signal.throwIfAborted();
        return { note: `${instance.name} did not answer: ${failureText(error, TIMEOUT_MS)}` };
      }
    }),
  );
  const answers = asked.flatMap((one) => ('note' in one ? [] : [one]));
  const notes = asked.flatMap((one) => ('note' in one ? [one.note] : []));
  if (answers.length > 0) return { answers, notes };
  throw new StackctlError('E_NOT_READY', notes.join('; '), { hint: 'Run: stackctl status' });
}

/**
 * Asks one server: a replica that is in sync where there is one, so that the master is left alone.
 * @throws E_NOT_READY when none answers.
 */
export async function askOne<T>(
  input: Input,
  signal: AbortSignal,
  use: (client: RedisCaller) => Promise<T>,
): Promise<{ readonly instance: Instance; readonly role: string; readonly answer: T }> {
  const { answers } = await askEach(input, signal, infoOf);
  const inSync = answers.find(
    ({ answer }) => roleIn(answer) === 'replica' && answer.get('master_link_status') === 'up',
  );
  const chosen = inSync ?? answers.find(({ answer }) => roleIn(answer) === 'master') ?? answers[0];
  if (chosen === undefined) throw new Error('no server answered');
  const answer = await withReadOnlyRedis(targetOf(input, chosen.instance, TIMEOUT_MS), use);
  return { instance: chosen.instance, role: roleIn(chosen.answer), answer };
}

export async function infoOf(client: RedisCaller): Promise<Info> {
  return parseInfo(String(await client.call('INFO')));
}

export function roleIn(info: Info): string {
  return info.get('role') === 'slave' ? 'replica' : (info.get('role') ?? 'unknown');
}

export function numberIn(info: Info, key: string): number | null {
  const value = info.get(key);
  return value === undefined || value === '' || Number.isNaN(Number(value)) ? null : Number(value);
}

/** `[key, value, key, value]` -> map. */
export function fieldsOf(reply: unknown): ReadonlyMap<string, unknown> {
  const flat = reply as readonly unknown[];
  return new Map(flat.flatMap((key, index) => (index % 2 === 0 ? [[String(key), flat[index + 1]] as const] : [])));
}
