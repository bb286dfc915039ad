/** What a restart lost of what was acknowledged, and who lost it. Pure. */
import { counted } from '../lib/counted.ts';
import type { Acks, Moment } from './acks.ts';
import type { Stored } from './stored.ts';

export interface Lost {
  readonly store: string;
  readonly missing: number;
  /** Of those that are missing, how many the store held before anything was restarted; null: it was not read then. */
  readonly heldBefore: number | null;
  /** Of those that it held then, how many it still has. */
  readonly kept: number | null;
  /** When those that are missing were acknowledged. */
  readonly acked: readonly { readonly moment: string; readonly events: number }[];
}

export interface MissingIn {
  readonly store: string;
  readonly missing: number | null;
  /** Sequences, from and to. */
  readonly missingRanges: readonly (readonly [from: number, to: number])[];
}

/** @param before what the stores held of the run before anything was restarted, by their names. */
export function lossesOf(
  stores: readonly MissingIn[],
  acks: Pick<Acks, 'momentOf'>,
  before: ReadonlyMap<string, Stored>,
): readonly Lost[] {
  return stores.flatMap(({ store, missing, missingRanges }) => {
    if (missing === null || missing === 0) return [];
    const gone = missingRanges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
    const held = before.get(store);
    const all = held === undefined ? null : [...held.from(0)];
    const heldBefore = held === undefined ? null : gone.filter((sequence) => held.copiesOf(sequence) > 0).length;
    const kept = all === null || heldBefore === null ? null : all.length - heldBefore;
    return [{ store, missing, heldBefore, kept, acked: byMoment(gone, acks) }];
  });
}

function byMoment(gone: readonly number[], { momentOf }: Pick<Acks, 'momentOf'>): Lost['acked'] {
  const counts = new Map<string, number>();
  for (const sequence of gone) {
    const moment = textOf(momentOf(sequence));
    counts.set(moment, (counts.get(moment) ?? 0) + 1);
  }
  return [...counts].map(([moment, events]) => ({ moment, events }));
}

function textOf(moment: Moment | undefined): string {
  switch (moment?.type) {
    case 'during':
      return `while ${moment.instance} was restarted`;
    case 'after':
      return 'after everything was restarted';
    default:
      return 'before anything was restarted';
  }
}

/** @param program who acknowledged, where that is not the service of the store; undefined: the store itself did. */
export function lossText(
  { store, missing, heldBefore, kept, acked }: Lost,
  program: string | undefined,
): readonly string[] {
  const whens = acked.map(({ moment, events }) => (acked.length === 1 ? moment : `${events} ${moment}`));
  const when = `${store}: ${counted(missing, 'event')} acknowledged ${whens.join(', ')}, and not there now`;
  if (heldBefore !== null && heldBefore > 0) {
    const forgot = `${store} held ${heldBefore} of them before the restarts: it does not keep over a restart what it has`;
    return [when, `${forgot}. The options of its kind say what is kept (docs/kinds.md)`];
  }
  if (program === undefined) return [when];
  const keeps = kept === null || kept === 0 ? '' : `${store} still has all ${kept} that it held before the restarts. `;
  return [
    when,
    `${keeps}${program} acknowledged what was not stored: it may say so only after the write was confirmed. Does it wait for each reply, and look at ` +
      'the result of every command, also of a pipeline or a transaction?',
  ];
}
