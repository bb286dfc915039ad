import { checkStack } from '../health/check.ts';
import { waitHealthy } from '../health/wait.ts';
import { deadline } from '../lib/poll.ts';
import { render } from '../render/render.ts';
import type { Instance } from '../stack/model.ts';
import { findPrimaries } from './primaries.ts';
import type { Session } from './session.ts';
import { startAgain } from './start-again.ts';

/**
 * Restarts instances one at a time, each one healthy again before the next; the primary last, so that its replicas are
 * there when it returns. Then waits until everything is healthy that was healthy before: what was connected to them
 * connects again. Configuration is not rendered anew: that is what `up` is for.
 */
export async function restart(session: Session, instances: readonly Instance[], timeoutMs: number): Promise<void> {
  const { stack, runtime, emit, signal } = session;
  const { hashes } = render(stack);
  const before = await checkStack(stack, await runtime.observe(), signal);
  const primaries = Object.values(await findPrimaries(stack, runtime, signal)).map(({ instance }) => instance);
  const isPrimary = ({ name }: Instance): boolean => primaries.includes(name);
  const order = [...instances.filter((one) => !isPrimary(one)), ...instances.filter(isPrimary)];
  for (const { name } of order) {
    const step = { type: 'step', id: name, title: `restart ${name}` } as const;
    const until = deadline(timeoutMs, signal);
    emit({ ...step, state: 'start' });
    await startAgain({ stack, runtime, hashes, timeoutMs }, [name]);
    await waitHealthy({
      stack,
      runtime,
      instances: new Set([name]),
      onChange: ({ reasons }) => emit({ ...step, state: 'progress', detail: reasons.join('; ') }),
      signal: until,
    });
    emit({ ...step, state: 'done' });
  }
  const healthy = before.instances.filter(({ health }) => health === 'healthy').map(({ instance }) => instance.name);
  await waitHealthy({
    stack,
    runtime,
    instances: new Set(healthy),
    onChange: () => undefined,
    signal: deadline(timeoutMs, signal),
  });
}
