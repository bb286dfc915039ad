import { StackctlError } from '../../errors.ts';
import { checkStack, PROBE_MS } from '../../health/check.ts';
import type { Session } from '../../lifecycle/session.ts';
import { type StatusView, statusView } from '../../lifecycle/status.ts';
import { statusText } from '../../output/status.ts';
import type { CommandResult } from '../line/command.ts';
import { withSchemas } from './schema-health.ts';

/** What `--timeout` means for verbs that call `readStatus`. */
export const PROBE_LIMIT = 'shortens how long a server may take to answer';

/** Checks everything that runs once. @param limitMs how long a probe may take; more than `PROBE_MS` is no more. */
export async function readStatus({ stack, runtime, paths, signal }: Session, limitMs?: number): Promise<StatusView> {
  const probeMs = Math.min(limitMs ?? PROBE_MS, PROBE_MS);
  const view = statusView(stack, await checkStack({ stack, runtime }, await runtime.observe(), signal, probeMs));
  return withSchemas(view, { stack, paths }, signal);
}

/** The view as a result that fails with exit code 5 when asked for and something is not healthy. */
export function healthResult(view: StatusView, mustBeHealthy: boolean): CommandResult {
  const unhealthy = view.instances.filter(({ health }) => health !== 'healthy');
  const answer = { data: view, text: statusText(view) };
  if (!mustBeHealthy || unhealthy.length === 0) return answer;
  const failure = new StackctlError('E_UNHEALTHY', `not healthy: ${unhealthy.map(({ name }) => name).join(', ')}`, {
    hint: nextStep(unhealthy),
    details: { instances: unhealthy.map(({ name, health, reasons }) => ({ name, health, reasons })) },
  });
  return { ...answer, failure };
}

/** The logs say most. An instance that is not there has no log. */
function nextStep(unhealthy: StatusView['instances']): string {
  const there = unhealthy.find(({ health }) => health !== 'missing');
  return there === undefined ? 'stackctl up' : `stackctl logs ${there.name}`;
}
