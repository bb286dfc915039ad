import type { Redis } from 'ioredis';
import { withRedis } from '../../../clients/redis/connect.ts';
import { failureText } from '../../../clients/redis/failure.ts';
import { type MasterView, masterView } from '../../../clients/redis/sentinel.ts';
import { StackctlError, systemCode } from '../../../errors.ts';
import { pollFor } from '../../../lib/poll.ts';
import type { ProtocolFault } from '../../../stack/contract/failover.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { ASK_TIMEOUT_MS, withSentinel } from '../ask.ts';
import { groupName, members, memberTarget } from '../group.ts';

/** How long a server that was just started may take to answer. */
const START_MS = 10_000;

/** What a Sentinel, or a server that it watches, can be told to do wrong. */
export const faults: Readonly<Record<string, ProtocolFault>> = {
  'crash-after-election': crash('CRASH-AFTER-ELECTION'),
  'crash-after-promotion': crash('CRASH-AFTER-PROMOTION'),
  'quorum-out-of-reach': setting('quorum', ({ quorum, otherSentinels }) => [quorum, otherSentinels + 2]),
  'down-after-300': setting('down-after-milliseconds', ({ downAfterMs }) => [downAfterMs, 300]),
  'wrong-auth-pass': wrongPassword(),
  'priority-0': serverSetting('replica-priority', '0'),
  'no-append-only': serverSetting('appendonly', 'no'),
};

/**
 * The Sentinel ends by itself at that point of the next failover that it leads. Each call forgets the points of before, and HELP is
 * one that sets none (sentinel.c, `simulate-failure`).
 */
function crash(point: string): ProtocolFault {
  const tell = (input: FailoverInput, name: string, word: string): Promise<unknown> =>
    atSentinel(input, name, (client) => client.call('SENTINEL', 'SIMULATE-FAILURE', word));
  return {
    before: async () => '',
    inject: async (input, name) => void (await tell(input, name, point)),
    heal: (input, name) => unlessEnded(() => tell(input, name, 'HELP')),
  };
}

/** @param values what a Sentinel has, and what is wrong. */
function setting(option: string, values: (view: MasterView) => readonly [number, number]): ProtocolFault {
  const viewOf = (input: FailoverInput, name: string): Promise<MasterView> =>
    atSentinel(input, name, (client) => masterView(client, groupName(input)));
  const set = (input: FailoverInput, name: string, value: string): Promise<unknown> =>
    atSentinel(input, name, (client) => client.call('SENTINEL', 'SET', groupName(input), option, value));
  return {
    before: async (input, name) => String(values(await viewOf(input, name))[0]),
    inject: async (input, name) => void (await set(input, name, String(values(await viewOf(input, name))[1]))),
    heal: (input, name, before) => unlessEnded(() => set(input, name, before)),
  };
}

/** The right one is in the stack: it is written down nowhere else. */
function wrongPassword(): ProtocolFault {
  const set = (input: FailoverInput, name: string, password: string): Promise<unknown> =>
    atSentinel(input, name, (client) => client.call('SENTINEL', 'SET', groupName(input), 'auth-pass', password));
  return {
    before: async () => '',
    inject: async (input, name) => void (await set(input, name, 'not the password of this group')),
    heal: async (input, name) => {
      const [server] = members(input);
      const password = server && memberTarget(input, server, ASK_TIMEOUT_MS).password;
      await unlessEnded(() => set(input, name, password?.reveal() ?? ''));
    },
  };
}

function serverSetting(option: string, wrong: string): ProtocolFault {
  const set = (input: FailoverInput, name: string, value: string): Promise<unknown> =>
    atServer(input, name, (client) => client.config('SET', option, value));
  return {
    before: (input, name) =>
      atServer(input, name, async (client) => {
        const [, value = ''] = (await client.config('GET', option)) as readonly string[];
        return value;
      }),
    inject: async (input, name) => void (await set(input, name, wrong)),
    heal: (input, name, before) => unlessEnded(() => set(input, name, before)),
  };
}

async function atSentinel<T>(input: FailoverInput, name: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const sentinel = instanceOf(input.service.instances, name);
  return withSentinel(input, sentinel, use).catch((cause: unknown) => Promise.reject(failed(sentinel, cause)));
}

async function atServer<T>(input: FailoverInput, name: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const server = instanceOf(members(input), name);
  const target = memberTarget(input, server, ASK_TIMEOUT_MS);
  return withRedis(target, use).catch((cause: unknown) => Promise.reject(failed(server, cause)));
}

/**
 * What has ended has taken its fault along: every start renders the settings anew. What is starting answers in a moment; until
 * then a published port may accept a connection and drop it.
 */
async function unlessEnded(work: () => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  const attempt = async (): Promise<true | undefined> => {
    try {
      await work();
      return true;
    } catch (error) {
      const cause = error instanceof StackctlError ? error.cause : error;
      if (cause instanceof Error && cause.name === 'ReplyError') throw error;
      failures.push(error);
      return systemCode(cause) === 'ECONNREFUSED' ? true : undefined;
    }
  };
  if ((await pollFor(START_MS, attempt, { everyMs: 100 })) === undefined) throw failures.at(-1);
}

function instanceOf(instances: readonly Instance[], name: string): Instance {
  const found = instances.find((instance) => instance.name === name);
  if (found !== undefined) return found;
  throw new StackctlError('E_FAULT_FAILED', `there is no instance ${name} any more`, {
    hint: 'What was done to it is gone with it. Run: stackctl down, then stackctl up.',
  });
}

function failed({ name }: Instance, cause: unknown): StackctlError {
  return new StackctlError('E_FAULT_FAILED', `${name}: ${failureText(cause, ASK_TIMEOUT_MS)}`, {
    hint: 'See `stackctl status`; what is left in place is healed by `stackctl heal`.',
    cause,
  });
}
