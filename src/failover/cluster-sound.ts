import { counted } from '../lib/counted.ts';
import { doubted, failed, type Invariant } from './invariant.ts';
import { type Epochs, type Expected, isChangedOnce } from './run-expectations.ts';

/** What the arbiters and the instances said in the end. */
export interface ClusterFindings {
  readonly expects: Expected;
  readonly switches: number;
  readonly oldPrimary: string;
  /** With which every arbiter agrees and which every other instance follows. */
  readonly newPrimary: string | undefined;
  /** Undefined: a file of before they were noted. */
  readonly epochs: Epochs | undefined;
}

/** Whether the primary changed as often as it had to, and whether all follow one in the end. */
export function clusterSound(findings: ClusterFindings): readonly Invariant[] {
  return [changes(findings), follows(findings), ...epochMoves(findings)];
}

function changes({ expects, switches }: ClusterFindings): Invariant {
  const [least, most] = expects.switches;
  const isRight = switches >= least && switches <= most;
  return failed(
    `${wanted(expects)} of the master`,
    !isRight && `the master changed ${counted(switches, 'time')}; ${howOften(expects)} expected`,
  );
}

function wanted({ switches: [least, most] }: Expected): string {
  if (least !== most) return `${least} to ${most} changes`;
  if (most > 1) return `${most} changes`;
  return most === 1 ? 'one change' : 'no change';
}

function howOften({ switches: [least, most] }: Expected): string {
  if (least !== most) return `${least} to ${most} times were`;
  if (most === 0) return 'no change was';
  return most === 1 ? 'exactly once was' : `exactly ${most} times were`;
}

function follows({ expects, oldPrimary, newPrimary }: ClusterFindings): Invariant {
  if (isChangedOnce(expects)) {
    return failed(
      'the old master is a replica again',
      (newPrimary === undefined || newPrimary === oldPrimary) && 'the old master did not become a replica again',
    );
  }
  return failed('all follow one master', newPrimary === undefined && 'not all agree on one master and follow it');
}

/** Sentinels order what they decide by epochs: one that did not move would let an older decision win. */
function epochMoves({ epochs, switches }: ClusterFindings): readonly Invariant[] {
  if (epochs === undefined) return [];
  const { before, after } = epochs;
  const name = 'the epoch moves with the master';
  if (after === undefined) return [doubted(name, 'the epoch at the end is not known: not all agree')];
  const moved = `the epoch went from ${before} to ${after} while the master changed ${counted(switches, 'time')}`;
  return [failed(name, (switches === 0 ? after !== before : after <= before) && moved)];
}
