import { constants } from 'node:os';
import type { ObservedExit } from '../../../stack/contract/runtime.ts';
import type { Engine } from '../engine/engine.ts';
import { engineSeconds, instant } from '../engine/instants.ts';
import type { InspectedContainer } from '../engine/objects.ts';

/**
 * The last exit of a container; undefined where it never ended. Of a container that runs again the Engine knows only the
 * time; the code is then among its events, of which it keeps the last 256. `code`: undefined where it is not there either.
 */
export async function lastExit(engine: Engine, container: InspectedContainer): Promise<ObservedExit | undefined> {
  const { State, RestartCount } = container;
  const at = instant(State.FinishedAt);
  if (at === undefined) return undefined;
  if (!State.Running || State.Restarting) return observedExit(at, State.ExitCode);
  return observedExit(at, RestartCount > 0 ? await codeFromEvents(engine, container) : undefined);
}

function observedExit(at: string, code: number | undefined): ObservedExit {
  return { at, code, signal: code === undefined ? undefined : signalOf(code) };
}

/** A container ended by a signal exits with 128 + its number. */
function signalOf(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

async function codeFromEvents(engine: Engine, { Id, State }: InspectedContainer): Promise<number | undefined> {
  const since = String(Math.floor(Date.parse(State.FinishedAt) / 1000));
  // An instant in the past, or the Engine would wait for it.
  const until = engineSeconds(State.StartedAt);
  const events = await engine.reader.pastEvents({ since, until }, { container: [Id], event: ['die'] });
  const last = events.trim().split('\n').at(-1);
  if (!last) return undefined;
  const { Actor } = JSON.parse(last) as { Actor?: { Attributes?: { exitCode?: string } } };
  return Actor?.Attributes?.exitCode === undefined ? undefined : Number(Actor.Attributes.exitCode);
}
