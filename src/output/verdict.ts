import type { InstanceView, StatusView } from '../lifecycle/status.ts';
import { paint } from './paint.ts';

/** All instances in a few words: what `status` has in its headline and `health` at its end. */
export function verdictText({ healthy, instances }: Pick<StatusView, 'healthy' | 'instances'>): string {
  if (healthy) return paint('green', 'healthy');
  const there = instances.filter(({ health }) => health !== 'missing');
  if (there.length === 0) return paint('red', 'not running');
  if (there.some(({ health }) => health === 'unknown')) return paint('yellow', 'health unknown');
  if (there.some(({ health }) => health !== 'healthy')) return paint('red', 'not healthy');
  return paint('yellow', `healthy, but only ${there.length} of ${instances.length} instances are there`);
}

/** The way out of a state, besides what its reasons say; undefined where there is nothing to get out of. */
export function advice({ name, health }: Pick<InstanceView, 'name' | 'health'>): string | undefined {
  switch (health) {
    case 'missing':
      return 'stackctl up starts it';
    case 'stopped':
      return 'stackctl up starts it again';
    case 'paused':
      return 'stackctl up resumes it';
    case 'restarting':
    case 'unhealthy':
      return `see stackctl logs ${name}`;
    default:
      return undefined;
  }
}

/** Why an instance is not healthy, a line for each reason, the way out behind the last one unless it names a command. */
export function sickLines(view: Pick<InstanceView, 'name' | 'health' | 'reasons'>): readonly string[] {
  const out = advice(view);
  return view.reasons.map((reason, index) =>
    out === undefined || index < view.reasons.length - 1 || reason.includes('stackctl ') ? reason : `${reason}: ${out}`,
  );
}
