import { formatOwner } from '../../stack/ports/port-conflict.ts';
import type { Check, Facts, PortFact } from '../facts.ts';

/** A port that is taken is never a failure: `up` moves away from other projects, and from strangers with `--ports auto`. */
export function portChecks({ ports, reference }: Facts): readonly Check[] {
  return ports.map((fact) => ({
    id: `port:${fact.port}`,
    area: 'ports',
    ...judge(fact, reference ?? '<stack>'),
  }));
}

function judge({ port, instance, owner }: PortFact, stack: string): Pick<Check, 'verdict' | 'fact' | 'fix'> {
  const what = `port ${port} (${instance})`;
  if (owner === undefined) return { verdict: 'ok', fact: `${what} is free`, fix: null };
  if (owner.type === 'own') return { verdict: 'ok', fact: `${what} is held by ${instance} itself`, fix: null };
  if (owner.type === 'project') {
    return { verdict: 'ok', fact: `${what} belongs to ${formatOwner(owner)}: up takes the next free one`, fix: null };
  }
  return {
    verdict: 'warn',
    fact: `${what} is held by ${formatOwner(owner)}`,
    fix: `stackctl up ${stack} --ports auto`,
  };
}
