import type { Draft } from './tool.ts';

/** Numbers of the migrations, in their order. */
export interface Numbering {
  /** One for each migration, digits only. */
  readonly numbers: readonly string[];
  /** What was done to the versions of the tool, if anything. */
  readonly note: string | undefined;
}

/** A ledger keeps 64 bits. */
const LARGEST = 2n ** 63n - 1n;

/**
 * Keeps the versions where they are whole numbers that grow. Versions with dots get room for their parts: `2.1` becomes
 * 2001, so that the order is kept and a version in between finds its place. Migrations without a version come behind all
 * others. Pure.
 * @param drafts in the order in which the tool runs them.
 */
export function numberMigrations(drafts: readonly Pick<Draft, 'version'>[]): Numbering {
  const versions = drafts.map(({ version }) => version).filter((version) => version !== '');
  const unnumbered = drafts.length - versions.length;
  if (unnumbered === drafts.length || drafts.slice(0, versions.length).some(({ version }) => version === ''))
    return inSequence(drafts.length);
  const given = versions.some((version) => version.includes('.')) ? withRoom(versions) : versions;
  if (!grows(given)) return inSequence(drafts.length);
  return {
    numbers: [...given, ...behind(given.at(-1) ?? '0', unnumbered)],
    note: given === versions ? undefined : 'versions with dots become whole numbers in the same order',
  };
}

function withRoom(versions: readonly string[]): readonly string[] {
  const parts = versions.map((version) => version.split('.').map((part) => part.replace(/^0+(?=\d)/, '')));
  const count = Math.max(...parts.map(({ length }) => length));
  const width = Math.max(3, ...parts.flatMap(([, ...minor]) => minor.map(({ length }) => length)));
  return parts.map(([major = '0', ...minor]) => {
    const filled = Array.from({ length: count - 1 }, (_, index) => (minor[index] ?? '').padStart(width, '0'));
    return [major, ...filled].join('');
  });
}

function grows(numbers: readonly string[]): boolean {
  return numbers.every((number, index) => {
    const before = numbers[index - 1];
    return BigInt(number) <= LARGEST && (before === undefined || BigInt(before) < BigInt(number));
  });
}

/** The next numbers, as wide as the last one. */
function behind(last: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    String(BigInt(last) + BigInt(index + 1)).padStart(last.length, '0'),
  );
}

function inSequence(count: number): Numbering {
  const note = 'the versions are no numbers that grow in the order in which the tool runs them: they get new numbers';
  return { numbers: behind('0000', count), note };
}
