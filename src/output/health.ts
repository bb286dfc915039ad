import type { StatusView } from '../lifecycle/status.ts';
import { paint } from './paint.ts';

/** One line per instance with its facts or the reasons against it, and a verdict. */
export function healthText({ instances, healthy }: StatusView): string {
  const lines = instances.map(({ name, health, role, reasons, degraded, facts }) => {
    const ok = health === 'healthy';
    const less = degraded.map((what) => `; degraded: ${what}`).join('');
    const why = ok ? `${factsText(facts)}${less}` : reasons.join('; ');
    return `${paint(ok ? 'green' : 'red', ok ? 'ok  ' : 'FAIL')} ${name}${role === null ? '' : ` (${role})`}: ${why}`;
  });
  return [...lines, '', healthy ? paint('green', 'healthy') : paint('red', 'not healthy')].join('\n');
}

function factsText(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join('+') : value}`)
    .join(', ');
}
