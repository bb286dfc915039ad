import { openHttp } from '../../clients/http/exchange.ts';
import { errorText } from '../../errors.ts';
import { connectionFailure } from '../../lib/connection-failure.ts';
import type { Inside } from '../../stack/contract/inside.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import type { Probe } from '../../stack/contract/probe.ts';
import { probeReadiness } from '../_shared/program/readiness.ts';
import type { AppOptions } from './options.ts';
import { probeOf } from './readiness.ts';

/** The program gives its own dependencies about a second. */
const PROBE_TIMEOUT_MS = 1500;

export async function probe(
  { stack, service, instance }: InstanceInput<AppOptions>,
  signal: AbortSignal,
  inside?: Inside,
): Promise<Probe> {
  const { readyPath, readiness } = service.options;
  if (readiness !== undefined) return probeReadiness({ stack, instance }, readiness, signal, inside);
  const client = openHttp(instance.client, PROBE_TIMEOUT_MS);
  const startedAt = performance.now();
  try {
    const { status, text } = await client.exchange({ method: 'GET', path: readyPath, headers: {} }, signal);
    return probeOf(readyPath, { status, text, latencyMs: Math.round(performance.now() - startedAt) }, stack);
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error)}`], facts: {} };
  } finally {
    client.close();
  }
}

function failureText(error: unknown): string {
  return connectionFailure(error, PROBE_TIMEOUT_MS) ?? errorText(error);
}
