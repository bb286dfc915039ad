import { defined } from '../../lib/defined.ts';
import type { WriteOutcome } from '../../stack/contract/failover.ts';
import type { Answer, Hello } from '../failover-client/protocol/adapter.ts';
import { startAdapter } from './adapter-process.ts';
import { type AdaptedClient, monotonicMs, type WriterPlan } from './protocol/plan.ts';
import type { Writer } from './writer.ts';

const OUTCOMES = { ok: 'acked', fail: 'failed', info: 'unknown' } as const;

/** Resolves when the client can write, or with why it never will, however long that takes. */
export async function openClientWriter(
  plan: WriterPlan,
  client: AdaptedClient,
  onStarted: (pid: number) => void,
): Promise<Writer | { readonly problem: string }> {
  const secrets = [plan.password, plan.sentinelPassword].flatMap((secret) => (secret ? [secret] : []));
  const adapter = startAdapter(client, helloOf(plan, client), secrets);
  if (adapter.pid !== undefined) onStarted(adapter.pid);
  const ready = await adapter.ready;
  if (ready === undefined) {
    adapter.close();
    return { problem: adapter.problem() ?? 'it has ended' };
  }
  return {
    discoveryMs: 0,
    title: ready.version == null ? ready.client : `${ready.client} ${ready.version}`,
    write: async (value) =>
      outcomeOf(await adapter.ask({ id: value, op: 'rpush', key: plan.key, value: String(value) })),
    problem: adapter.problem,
    close: adapter.close,
  };
}

function helloOf(plan: WriterPlan, { options }: AdaptedClient): Hello {
  const { group, password, sentinelPassword } = plan;
  const moved = plan.members.filter(({ host, port, peer }) => peer !== `${host}:${port}`);
  return {
    protocol: 1,
    sentinels: plan.sentinels.map(({ host, port }) => ({ host, port })),
    group,
    ...defined({ password, sentinelPassword }),
    addresses: Object.fromEntries(moved.map(({ peer, host, port }) => [peer, { host, port }])),
    options,
  };
}

/** Undefined: the adapter has ended without an answer. */
function outcomeOf(answer: Answer | undefined): WriteOutcome {
  const at = monotonicMs();
  if (answer === undefined) return { type: 'unknown', at, error: 'the client has ended' };
  const type = OUTCOMES[answer.type];
  return type === 'acked' ? { type, at } : { type, at, error: answer.error || 'an error without a text' };
}
