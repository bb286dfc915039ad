import type { Redis } from 'ioredis';
import { withRedis } from '../../../clients/redis/connect.ts';
import { failureText } from '../../../clients/redis/failure.ts';
import { parseInfo } from '../../../clients/redis/info.ts';
import {
  isTilted,
  type MasterView,
  type MemberView,
  masterView,
  memberViews,
  quorumProblem,
} from '../../../clients/redis/sentinel.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { groupName, members, memberTarget, sentinelTarget } from '../group.ts';

/** What every instance answered at one time. `problem`: why it could not be asked. */
export interface GroupView {
  readonly sentinels: readonly (SentinelView | Problem)[];
  readonly members: readonly (RoleView | Problem)[];
}

export interface Problem {
  readonly name: string;
  readonly problem: string;
}

export interface SentinelView {
  readonly name: string;
  readonly master: MasterView;
  readonly replicas: readonly MemberView[];
  readonly quorumProblem: string | undefined;
  readonly tilt: boolean;
}

/** The answer of a server to `ROLE`. */
export type RoleView =
  | { readonly name: string; readonly role: 'master'; readonly replicas: number }
  | {
      readonly name: string;
      readonly role: 'slave';
      /** `host:port` of its master: a peer address. */
      readonly master: string;
      /** `connected` when all is well; `connect`, `connecting`, `sync`, `handshake`. */
      readonly link: string;
      /** 0: never promoted. */
      readonly priority: number;
    };

const TIMEOUT_MS = 1000;

export async function observe(input: FailoverInput): Promise<GroupView> {
  const [sentinels, roles] = await Promise.all([
    Promise.all(input.service.instances.map((instance) => orProblem(instance, () => askSentinel(input, instance)))),
    Promise.all(members(input).map((instance) => orProblem(instance, () => askRole(input, instance)))),
  ]);
  return { sentinels, members: roles };
}

function askSentinel(input: FailoverInput, instance: Instance): Promise<SentinelView> {
  const group = groupName(input);
  return withRedis(sentinelTarget(input, instance, TIMEOUT_MS), async (client) => {
    const [master, replicas, problem, tilt] = await Promise.all([
      masterView(client, group),
      memberViews(client, 'REPLICAS', group),
      quorumProblem(client, group),
      isTilted(client),
    ]);
    return { name: instance.name, master, replicas, quorumProblem: problem, tilt };
  });
}

function askRole(input: FailoverInput, instance: Instance): Promise<RoleView> {
  return withRedis(memberTarget(input, instance, TIMEOUT_MS), (client) => readRole(client, instance.name));
}

async function readRole(client: Redis, name: string): Promise<RoleView> {
  const reply = (await client.role()) as unknown[];
  if (reply[0] === 'master') return { name, role: 'master', replicas: (reply[2] as unknown[]).length };
  const [, host, port, link] = reply;
  const priority = Number(parseInfo(await client.info('replication')).get('slave_priority'));
  return { name, role: 'slave', master: `${host}:${port}`, link: String(link), priority };
}

async function orProblem<T>({ name }: Instance, ask: () => Promise<T>): Promise<T | Problem> {
  try {
    return await ask();
  } catch (error) {
    return { name, problem: failureText(error, TIMEOUT_MS) };
  }
}
