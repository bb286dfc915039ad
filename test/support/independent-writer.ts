/** A second client that writes during a failover and knows nothing of stackctl's own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StatusView } from '../../src/lifecycle/status.ts';
import {
  fromLine,
  type SentRecord,
  type WriterMessage,
  type WriterPlan,
} from '../../src/programs/failover-writer/protocol/plan.ts';
import { ROOT } from './cli.ts';

export interface WriterOutage {
  /** From the last write that the old master acknowledged to the first one that another server did. */
  readonly outageMs: number;
  /** How much of it may be the writer's own. */
  readonly resolutionMs: number;
}

export interface IndependentWriter {
  /** Ends it. @throws when only one server has acknowledged writes. */
  outage(): Promise<WriterOutage>;
}

/** For a project without passwords. */
export function startIndependentWriter(status: StatusView, group: string, key: string): IndependentWriter {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'failover-writer.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const records: SentRecord[] = [];
  let discoveryMs = 0;
  const stopped = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as WriterMessage;
      if (message.type === 'open') discoveryMs = message.discoveryMs;
      else if (message.type === 'records') records.push(...message.records.map(fromLine));
      else resolve();
    });
  });
  const say = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
  say(planFor(status, group, key));
  return {
    outage: async () => {
      say({ drainMs: 2000 });
      await stopped;
      child.stdin.end();
      return outageIn(records, discoveryMs);
    },
  };
}

const RATE_PER_S = 400;

function planFor({ instances }: StatusView, group: string, key: string): WriterPlan {
  const reachable = (service: string) =>
    instances
      .filter((instance) => instance.service === service)
      .map(({ name, client, peer }) => {
        const [host = '', port] = client.split(':');
        return { name, host, port: Number(port), peer };
      });
  const open = { sentinelPassword: undefined, password: undefined };
  return {
    group,
    ...open,
    sentinels: reachable('sentinel'),
    members: reachable('redis'),
    shape: 'list',
    key,
    companions: [],
    lifetimeS: 600,
    ratePerS: RATE_PER_S,
  };
}

function outageIn(records: readonly SentRecord[], discoveryMs: number): WriterOutage {
  const acks = records.flatMap(({ value, outcome }) => (outcome.type === 'acked' ? [{ value, ...outcome }] : []));
  const old = acks[0]?.node;
  const first = acks.find(({ node }) => node !== old);
  const last = acks.findLast(({ node, at }) => node === old && first !== undefined && at < first.at);
  if (first === undefined || last === undefined) throw new Error(`only ${old} has acknowledged writes`);
  const sent = new Map(records.map(({ value, invoked }) => [value, invoked]));
  const spacing = (from: number): number =>
    Math.max(1000 / RATE_PER_S, (sent.get(from + 1) ?? 0) - (sent.get(from) ?? 0));
  const way = first.noneAt === undefined ? 0 : first.at - first.noneAt;
  return {
    outageMs: first.at - last.at,
    resolutionMs: spacing(last.value) + Math.max(spacing(first.value - 1) + discoveryMs, way),
  };
}
