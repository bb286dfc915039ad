import type { InstanceView, ServiceView, StatusView } from '../../lifecycle/status.ts';
import type { Check, Facts } from '../facts.ts';

/** Settings of the stack that are known to hurt, then what the running services say of themselves. All to look at, none failed. */
export function serviceChecks({ advice, running }: Pick<Facts, 'advice' | 'running'>): readonly Check[] {
  return [
    ...advice.map((fact, index) => ({
      id: `setting:${index + 1}`,
      area: 'settings' as const,
      ...warning(fact, CONFIG),
    })),
    ...(running === undefined ? [] : [...instanceChecks(running), ...running.services.flatMap(failoverCheck)]),
  ];
}

const CONFIG = 'stackctl config (each value and where it comes from), then stackctl up';

/** What several instances say in the same words is one check. What does not run is told of with the leftovers. */
function instanceChecks({ instances }: StatusView): readonly Check[] {
  const said = new Map<string, InstanceView[]>();
  for (const instance of instances.filter(({ health }) => health !== 'missing')) {
    for (const text of [...instance.reasons, ...instance.degraded])
      said.set(text, [...(said.get(text) ?? []), instance]);
  }
  return [...said].map(([text, who], index) => {
    const names = who.map(({ name }) => name).join(', ');
    const fix = commandIn(text) ?? `stackctl logs ${who[0]?.name}`;
    return { id: `service:${index + 1}`, area: 'services', ...warning(`${names}: ${text}`, fix) };
  });
}

function failoverCheck({ name, facts }: ServiceView): readonly Check[] {
  const { failoverPossible, failoverObstacles, promotable } = facts as {
    readonly failoverPossible?: boolean;
    readonly failoverObstacles?: readonly string[];
    readonly promotable?: readonly string[];
  };
  const common = { id: `failover:${name}`, area: 'services' as const };
  if (failoverPossible === undefined) return [];
  if (failoverPossible) {
    const fact = `${name}: a failover could happen now, to ${(promotable ?? []).join(' or ')}`;
    return [{ ...common, verdict: 'ok', fact, fix: null }];
  }
  const why = (failoverObstacles ?? []).join('; ');
  return [{ ...common, ...warning(`${name}: no failover could happen now: ${why}`, 'stackctl health') }];
}

function warning(fact: string, fix: string): Pick<Check, 'verdict' | 'fact' | 'fix'> {
  return { verdict: 'warn', fact, fix };
}

/** The kinds put the command that helps in backquotes; the last one is the one that ends the matter. */
function commandIn(text: string): string | undefined {
  return [...text.matchAll(/`(stackctl [^`]+)`/g)].at(-1)?.[1];
}
