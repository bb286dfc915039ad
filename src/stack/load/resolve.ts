/** The Stack that everything else reads, from what was loaded, given and recorded. Pure. */
import { join } from 'node:path';
import { parseDuration } from '../../lib/duration.ts';
import type { Stack } from '../contract/model.ts';
import { checkFilled } from './check-filled.ts';
import { defaultNetwork } from './network.ts';
import { type Resolution, type ResolveInput, resolved } from './resolution.ts';
import { resolveService } from './resolve-service.ts';

/**
 * Refused when a kind refuses its options, naming the place that is to blame.
 * @throws E_SCALE_REFUSED when more instances are asked for than the address plan has room for.
 */
export function tryResolve(input: ResolveInput): Resolution {
  return checkFilled(input) ?? { stack: stackOf(input) };
}

/** As `tryResolve`. @throws E_VALUE_INVALID or E_STACK_INVALID for what was refused; E_SCALE_REFUSED. */
export function resolveStack(input: ResolveInput): Stack {
  return resolved(tryResolve(input));
}

function stackOf(input: ResolveInput): Stack {
  const { loaded, runtime, profile, identity, decisions = {} } = input;
  return {
    name: loaded.spec.stack,
    description: loaded.spec.description,
    folder: loaded.folder,
    runtime,
    profile,
    project: identity,
    values: input.values,
    services: Object.entries(loaded.spec.services).map(([name, spec], index) =>
      resolveService(name, spec, index, input),
    ),
    network: runtime.addressing === 'network' ? (decisions.network ?? defaultNetwork(input)) : undefined,
    primaries: decisions.primaries ?? {},
    readiness: { timeoutMs: parseDuration(loaded.spec.readiness.timeout) ?? 60_000 },
    migrations: loaded.migrations,
    traffic: loaded.spec.traffic === undefined ? undefined : join(loaded.folder, loaded.spec.traffic),
  };
}
