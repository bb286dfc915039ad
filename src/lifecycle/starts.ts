/** How instances are started and replaced within a wave. */
import type { InstanceHealth } from '../health/check.ts';
import { isReady, waitHealthy } from '../health/wait.ts';
import type { Emit, StepReporter } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import type { Replace } from '../render/replace-rendered.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import { handOverFrom } from './hand-over-from.ts';
import type { Step } from './plan.ts';
import { startAgain } from './start-again.ts';

export interface StartInput {
  readonly stack: Stack;
  readonly runtime: Runtime;
  /** Called right before instances are started, also for one that has to be stopped first. */
  readonly replaceFiles: Replace;
  readonly timeoutMs: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

export interface Starts {
  readonly starts: readonly Step[];
  readonly until: AbortSignal;
  readonly show: StepReporter;
}

/**
 * Files, then the servers: those that have to be stopped first, and those that are there anew. An interrupt does not end
 * the start of one that ran until now: it would stay down.
 */
export async function begin(input: StartInput, { starts, until, show }: Starts): Promise<void> {
  if (starts.length === 0) return;
  for (const { op, instance, cause } of starts)
    show({ id: instance, title: instance, state: 'start', detail: `${op}ing: ${cause}` });
  const named = (op: Step['op']) => starts.filter((step) => step.op === op).map(({ instance }) => instance);
  await input.replaceFiles(starts.map(({ instance }) => instance));
  if (named('restart').length > 0) await startAgain(input, named('restart'));
  if (named('start').length === 0) return;
  const replaces = starts.some((step) => step.op === 'start' && step.replaces);
  const signal = replaces ? deadline(input.timeoutMs) : until;
  await input.runtime.start(input.stack, named('start'), { signal });
}

/** Each one healthy before the next; a primary hands over first. Each has the whole time for itself. */
export async function rollAll(input: StartInput, rolling: readonly Step[], show: StepReporter): Promise<void> {
  const { stack, runtime } = input;
  for (const step of rolling) {
    input.signal.throwIfAborted();
    await handOverFrom(input, step.instance);
    const until = deadline(input.timeoutMs, input.signal);
    await begin(input, { starts: [step], until, show });
    const onChange = (health: InstanceHealth) => {
      if (health.instance.name === step.instance) showHealth(show, health);
    };
    await waitHealthy({ stack, runtime, instances: new Set([step.instance]), onChange, signal: until });
  }
}

export function showHealth(show: StepReporter, entry: InstanceHealth): void {
  const { instance, role, reasons } = entry;
  const step = { id: instance.name, title: instance.name } as const;
  if (isReady(entry)) show({ ...step, state: 'done', detail: `ready${role === undefined ? '' : ` (${role})`}` });
  else show({ ...step, state: 'progress', detail: reasons.join('; ') });
}
