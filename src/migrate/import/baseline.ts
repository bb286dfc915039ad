import type { ForeignLedger } from '../../stack/contract/foreign-ledger.ts';
import { compareVersions } from './order.ts';
import type { ImportPlan, ImportStep } from './plan.ts';

/** What is left to do where the tool has applied some of the migrations itself. */
export interface BaselineAdvice {
  /** What the ledger of the tool says, in a sentence. */
  readonly finding: string;
  /** The version to give to `stackctl migrate baseline`; undefined: something has to be done first, or nothing at all. */
  readonly version: string | undefined;
}

/**
 * Undefined: the database has no ledger of this tool. Pure.
 * @param entered the files, by their names, that stackctl's ledger has.
 */
export function baselineAdvice(
  { tool, steps }: ImportPlan,
  ledgers: readonly ForeignLedger[],
  entered: readonly string[],
): BaselineAdvice | undefined {
  const ledger = ledgers.find((one) => one.tool === tool);
  if (ledger === undefined) return undefined;
  const { table, unfinished } = ledger;
  if (unfinished !== undefined) {
    const finding = `${table} says that version ${unfinished} failed half way: bring it to an end with ${tool} and import again`;
    return { finding, version: undefined };
  }
  // What has no version of its own is not in the order of the others.
  const versioned = steps.filter(({ version }) => version !== '' || tool === 'sql-migrate');
  const count = versioned.findIndex((step) => !isApplied(step, ledger));
  const applied = count === -1 ? versioned : versioned.slice(0, count);
  const late = versioned.slice(applied.length).filter((step) => isApplied(step, ledger));
  const [gap] = versioned.slice(applied.length);
  if (late.length > 0 && gap !== undefined) {
    const finding = `${table} has ${late.map(nameOf).join(', ')} and not ${nameOf(gap)}: apply that with ${tool} and import again`;
    return { finding, version: undefined };
  }
  const last = applied.at(-1);
  if (last === undefined) return { finding: `${table} says that none of them is applied`, version: undefined };
  if (applied.every(({ target }) => entered.includes(target)))
    return { finding: `stackctl's own ledger has all that ${table} says`, version: undefined };
  const finding = `${table} says that ${tool} has applied ${applied.length} of these ${steps.length}, up to ${nameOf(last)}`;
  return { finding, version: numberOf(last) };
}

function nameOf({ version, sources }: ImportStep): string {
  return version === '' ? (sources[0] ?? '') : version;
}

function numberOf({ target }: ImportStep): string {
  return /^\d+/.exec(target)?.[0] ?? '';
}

function isApplied({ version, sources }: ImportStep, { applied, upTo }: ForeignLedger): boolean {
  if (applied.some((one) => one === sources[0] || isSame(one, version))) return true;
  return upTo !== undefined && isVersion(upTo) && isVersion(version) && compareVersions(version, upTo) <= 0;
}

function isSame(a: string, b: string): boolean {
  return isVersion(a) && isVersion(b) && compareVersions(a, b) === 0;
}

function isVersion(text: string): boolean {
  return /^\d+(?:\.\d+)*$/.test(text);
}
