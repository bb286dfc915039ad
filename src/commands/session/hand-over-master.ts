import { StackctlError } from '../../errors.ts';
import { directorOf } from '../../failover/director.ts';
import { type HandOverReport, handOver } from '../../failover/hand-over.ts';
import { counted } from '../../lib/counted.ts';
import type { HandOverMode } from '../../stack/contract/arbiter.ts';
import { type Instance, type Stack, serviceOf } from '../../stack/contract/model.ts';
import { noSuchInstance } from './instance-names.ts';
import type { OpenSession } from './session.ts';

/** A stock failover takes 11 s until the old master follows, and a full copy of the data comes on top. */
export const HAND_OVER_LIMIT_MS = 120_000;

const STOCK_LOSES =
  'stock: the old master goes on acknowledging writes until the Sentinels make it a replica, about 11 s later; those writes are lost';

export interface HandOverMasterWish {
  /** Undefined: the best that the service can. */
  readonly mode: HandOverMode | undefined;
  /** Name of the new master; undefined: the one that the arbiters would choose. */
  readonly to: string | undefined;
  readonly measure: boolean;
  readonly limitMs: number;
}

/** Hands the master over. @throws E_USAGE, E_INSTANCE_NOT_FOUND and what `handOver` throws. */
export async function handOverMaster(
  { stack, emit, signal }: OpenSession,
  { mode, to, measure, limitMs }: HandOverMasterWish,
): Promise<HandOverReport> {
  const director = directorOf(stack);
  const wish = { mode, to: to === undefined ? undefined : instanceNamed(stack, to, director.service.monitors) };
  if (mode === 'stock') emit({ type: 'warning', text: STOCK_LOSES });
  const clocks = { clock: performance, date: () => new Date(), random: Math.random };
  return handOver({ stack, wish, measure, ...clocks, limitMs, emit, signal }, director);
}

function instanceNamed(stack: Stack, name: string, service: string | undefined): Instance {
  const instances = service === undefined ? [] : serviceOf(stack, service).instances;
  const found = instances.find((instance) => instance.name === name);
  if (found !== undefined) return found;
  const names = instances.map((instance) => instance.name);
  throw noSuchInstance(stack, names, name);
}

/** Undefined: no write that it measured was lost, or nothing was measured. */
export function handOverFailure({ figures }: HandOverReport): StackctlError | undefined {
  if (figures === null || figures.lost + figures.phantom + figures.duplicates + figures.misclassified === 0)
    return undefined;
  const lost = counted(figures.lost, 'acknowledged write was', 'acknowledged writes were');
  return new StackctlError('E_VERDICT_FAIL', `${lost} lost`, {
    hint: 'The master has moved. Only express, graceful and coordinated hand-overs lose nothing.',
    details: { lostRanges: figures.lostRanges },
  });
}
