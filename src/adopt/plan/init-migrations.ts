/** What an image runs when it makes the data of a database, as migrations of the service. Pure. */
import { placeFinder } from '../../lib/text-place.ts';
import type { MigratorCapability } from '../../stack/contract/migrate.ts';
import { INIT_FOLDER } from '../../stack/derived/compose-reading.ts';
import type { InitScript } from '../read/init-scripts.ts';

export interface PlannedMigration {
  /** Relative to the stack's folder. */
  readonly path: string;
  readonly text: string;
  /** As the Compose file names it. */
  readonly from: string;
}

export interface PlannedMigrations {
  /** Undefined: there is no file for it. */
  readonly folder: string | undefined;
  readonly files: readonly PlannedMigration[];
  readonly notes: readonly string[];
}

export interface ScriptsInput {
  /** Of the service in the stack. */
  readonly name: string;
  readonly migrator: MigratorCapability;
  readonly scripts: readonly InitScript[];
  /** Folder below `migrations` -> names of the files that are in it already. */
  readonly taken: ReadonlyMap<string, readonly string[]>;
}

type Read =
  | { readonly settings: string; readonly text: string }
  /** `at`: line and column, from 1. */
  | { readonly why: string; readonly at?: { readonly line: number; readonly column: number } };

/** In the order in which the image runs them. What cannot run as a migration stays out, with its reason. */
export function planMigrations({ name, migrator, scripts, taken }: ScriptsInput): PlannedMigrations {
  const read = scripts.filter(isRun).map((script) => ({ script, read: readScript(script, migrator, name) }));
  const able = read.flatMap(({ script, read: one }) => ('why' in one ? [] : [{ script, ...one }]));
  const names = able.map(({ script }, index) => fileName(script.name, index + 1));
  const folder = freeFolder(name, names, taken);
  const files = able.map(({ script, settings, text }, index): PlannedMigration => {
    const head = `-- From ${script.path}, which the image ran as ${INIT_FOLDER}/${script.name} when it made its data.\n`;
    const end = text.endsWith('\n') ? '' : '\n';
    return { path: `${folder}/${names[index] ?? ''}`, from: script.path, text: `${head}${settings}\n${text}${end}` };
  });
  const copies = files.map(({ path, from }) => `${from} as ${path}`);
  return {
    folder: files.length === 0 ? undefined : folder,
    files,
    notes: [
      ...(files.length === 0
        ? []
        : [`its SQL of the first start is copied, and \`up\` runs each file once: ${copies.join(', ')}`]),
      ...read.flatMap(({ script, read: one }) =>
        'why' in one ? [`${script.path}${placeOf(one)} stays out: ${one.why}`] : [],
      ),
    ],
  };
}

function placeOf({ at }: Extract<Read, { readonly why: string }>): string {
  return at === undefined ? '' : `:${at.line}:${at.column}`;
}

/** What else lies there the image passes over. */
function isRun({ name }: InitScript): boolean {
  return /\.(sh|sql|sql\.\w+)$/.test(name);
}

function readScript({ name: file, source }: InitScript, migrator: MigratorCapability, service: string): Read {
  if (file.endsWith('.sh'))
    return {
      why: `no script is run in the server; what it does there goes into a file that \`stackctl migrate new <title> ${service}\` makes`,
    };
  if (source === undefined) return { why: 'it is packed; unpack it, and run the same command again' };
  const { mistake, text } = source;
  if (mistake !== undefined) return { why: mistake.message, at: mistake };
  const { sql, withoutTransactions = false } = migrator;
  const { statements, mistakes } = sql.split(text);
  if (statements.length === 0 && mistakes.length === 0) return { why: 'it has no statement' };
  const transactional = !withoutTransactions && !statements.some((one) => sql.onlyOutside?.(one) === true);
  const refused = (once: boolean) => sql.refused?.(statements, { transactional, once }) ?? [];
  // The image ran it once, too.
  const once = refused(false).length > refused(true).length;
  const [first] = [...mistakes, ...refused(once)];
  if (first !== undefined) return { why: first.message, at: placeFinder(text)(first.offset) };
  const settings = [
    ...(transactional || withoutTransactions ? [] : ['transaction=false']),
    ...(once ? ['once=true'] : []),
  ];
  return { text, settings: settings.length === 0 ? '' : `-- stackctl: ${settings.join(' ')}\n` };
}

/** `01-schema.sql` as the first one: `0001_schema.sql`. */
function fileName(script: string, number: number): string {
  const title = script
    .replace(/\.sql$/, '')
    .replace(/^[\d\W_]+/, '')
    .replaceAll(/[^\w.-]+/g, '-');
  return `${String(number).padStart(4, '0')}_${title === '' ? 'init' : title}.sql`;
}

/** One that has nothing but these files, or is not there: whatever else lay in it would run, too. */
function freeFolder(name: string, files: readonly string[], taken: ScriptsInput['taken']): string {
  const isFree = (folder: string) => (taken.get(folder) ?? []).every((file) => files.includes(file));
  for (let number = 1; ; number++) {
    const folder = `migrations/${name}${number === 1 ? '' : `-init${number === 2 ? '' : number - 1}`}`;
    if (isFree(folder)) return folder;
  }
}
