import { constants } from 'node:os';
import type { ObservedExit } from '../../../stack/contract/runtime.ts';
import type { Engine } from '../engine/engine.ts';
import { sinceParameter } from '../engine/log-lines.ts';
import type { InspectedContainer } from './observe.ts';

/**
 * The last exit of a container. Once it runs again, the Engine's own record has only the time; the code is looked up among
 * its events, of which it keeps the last 256. Undefined code: not found there either.
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
  const filters = encodeURIComponent(JSON.stringify({ container: [Id], event: ['die'] }));
  // An end in the past, or the Engine would wait for it.
  const window = `since=${Math.floor(Date.parse(State.FinishedAt) / 1000)}&until=${sinceParameter(State.StartedAt)}`;
  const events = await engine.getText(`/events?${window}&filters=${filters}`);
  const last = events.trim().split('\n').at(-1);
  if (!last) return undefined;
  const { Actor } = JSON.parse(last) as { Actor?: { Attributes?: { exitCode?: string } } };
  return Actor?.Attributes?.exitCode === undefined ? undefined : Number(Actor.Attributes.exitCode);
}

/** ISO 8601 with milliseconds; undefined for the year 1 that the Engine writes for what has not happened. */
export function instant(text: string): string | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || time.getTime() <= 0 ? undefined : time.toISOString();
}
