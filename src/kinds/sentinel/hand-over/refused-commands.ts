import type { Redis } from 'ioredis';
import type { Link } from './links.ts';

/**
 * What the servers of a group are asked to do, with an argument that none takes. A server that knows the command and lets
 * this user run it says that the argument is wrong; it changes nothing.
 */
export const TRIALS: Trials = {
  'CLIENT PAUSE': ['CLIENT', 'PAUSE', '-', 'WRITE'],
  'CLIENT KILL': ['CLIENT', 'KILL', 'TYPE', '-'],
  REPLICAOF: ['REPLICAOF', '-', '-'],
};

/** Name for the user -> command with its arguments. */
export type Trials = Readonly<Record<string, readonly [command: string, ...args: string[]]>>;

/** Renamed or taken away (rename-command), or not for this user (ACL). */
const REFUSAL = /^(NOPERM|ERR unknown command)/i;

/**
 * Why these servers cannot be asked for what a hand-over asks of them; empty: they can.
 * @throws what the connection throws.
 */
export async function refusedCommands(links: readonly Link[], trials: Trials): Promise<readonly string[]> {
  const refusals = new Map<string, string[]>();
  await Promise.all(
    links.map(async ({ instance, client }) => {
      for (const command of await refusedBy(client, trials))
        refusals.set(command, [...(refusals.get(command) ?? []), instance.name]);
    }),
  );
  return [...refusals].map(([command, names]) => `${names.toSorted().join(', ')}: ${command} is refused; ${NEXT}`);
}

const NEXT =
  'take it from rename-command and allow it to the user `default` in redis.conf, or leave the move to the Sentinels (--mode stock)';

async function refusedBy(client: Redis, trials: Trials): Promise<readonly string[]> {
  const answers = await Promise.all(
    Object.entries(trials).map(async ([command, [name, ...args]]) => {
      const words = await client.call(name, ...args).then(() => '', replyOf);
      return REFUSAL.test(words) ? [command] : [];
    }),
  );
  return answers.flat();
}

function replyOf(error: unknown): string {
  if (error instanceof Error && error.name === 'ReplyError') return error.message;
  throw error;
}
