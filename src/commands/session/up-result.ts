import type { HandOverFigures } from '../../failover/hand-over-figures.ts';
import { type StatusView, statusView } from '../../lifecycle/status.ts';
import type { UpResult } from '../../lifecycle/up.ts';
import { withFigures } from '../../output/hand-over.ts';
import { statusText } from '../../output/status.ts';
import type { CommandResult } from '../line/command.ts';

/** Result of `up`. @param figures what the replacing of running servers has cost; null when nothing was measured. */
export function upResult({ stack, plan, report }: UpResult, figures: HandOverFigures | null): CommandResult {
  if (report === undefined) throw new Error('up ended without a report');
  const view = existing(statusView(stack, report));
  const there = new Set(view.services.map(({ name }) => name));
  const notStarted = stack.services.map(({ name }) => name).filter((name) => !there.has(name));
  const rest = notStarted.length === 0 ? [] : [`not started: ${notStarted.join(', ')} (stackctl up starts everything)`];
  const text = withFigures([statusText(view), ...rest].join('\n\n'), figures);
  return { data: { ...view, steps: plan.steps, notStarted, figures }, text };
}

/** Without the instances of services that were not asked for and never started. */
function existing(view: StatusView): StatusView {
  const instances = view.instances.filter(({ health }) => health !== 'missing');
  const services = view.services.filter(({ name }) => instances.some(({ service }) => service === name));
  return { ...view, instances, services, healthy: instances.every(({ health }) => health === 'healthy') };
}
