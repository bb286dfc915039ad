import type { StatusView } from '../lifecycle/status.ts';
import { factsText } from './facts.ts';
import { failoverLines } from './failover-possible.ts';
import { paint } from './paint.ts';
import { sickLines, verdictText } from './verdict.ts';

/** One line per instance with its facts or the reasons against it, whether a failover could happen, and a verdict. */
export function healthText(view: Pick<StatusView, 'instances' | 'services' | 'healthy'>): string {
  const lines = view.instances.map((instance) => {
    const { name, health, role, degraded, facts } = instance;
    const ok = health === 'healthy';
    const less = degraded.map((what) => `; degraded: ${what}`).join('');
    const why = ok ? `${factsText(facts)}${less}` : sickLines(instance).join('; ');
    return `${paint(ok ? 'green' : 'red', ok ? 'ok  ' : 'FAIL')} ${name}${role === null ? '' : ` (${role})`}: ${why}`;
  });
  const shown = new Set(view.instances.map(({ service }) => service));
  const failover = view.services.filter(({ name }) => shown.has(name)).flatMap(failoverLines);
  return [...lines, ...failover, '', verdictText(view)].join('\n');
}
