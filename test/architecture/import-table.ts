import { describeEdge, type Edge, type Program } from './program.ts';

/**
 * The import table of docs/architecture.md. A module is a folder of src/ (or of kinds/, runtimes/, clients/) or a file
 * directly in it; what is not listed may not be imported. `own` folders of kinds and runtimes are always allowed.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  // `service-kit`: the few files that the programs of stacks need too.
  lib: ['errors', 'service-kit'],
  stack: ['lib', 'errors'],
  project: ['stack', 'lib', 'errors'],
  clients: ['stack', 'lib', 'errors'],
  // `programs`: only the files by which a program is talked to, see PROTOCOL.
  kinds: ['programs', 'stack', 'clients', 'lib', 'errors', 'version'],
  runtimes: ['programs', 'stack', 'lib', 'errors'],
  // `kinds`: only how the kind that a program stands in for reads its SQL, see SQL_ROOM.
  programs: ['kinds', 'clients', 'stack', 'lib', 'errors'],
  render: ['stack', 'lib', 'errors'],
  health: ['stack', 'lib', 'errors'],
  lifecycle: ['health', 'render', 'project', 'stack', 'lib', 'errors'],
  doctor: ['lifecycle', 'project', 'stack', 'lib', 'errors'],
  failover: ['health', 'lifecycle', 'project', 'stack', 'lib', 'errors'],
  migrate: ['stack', 'lib', 'errors', 'version'],
  traffic: ['stack', 'lib', 'errors'],
  inspect: ['stack', 'lib', 'errors'],
  adopt: ['stack', 'lib', 'errors'],
  smoke: ['lib', 'errors'],
  output: ['stack', 'lib', 'errors'],
  commands: [
    'adopt',
    'smoke',
    'failover',
    'doctor',
    'migrate',
    'traffic',
    'inspect',
    'lifecycle',
    'health',
    'render',
    'output',
    'project',
    'stack',
    'lib',
    'errors',
    'version',
  ],
  // `commands`: only what needs no command line, see SHARED_BY_FACES. `programs`: only what can run within a caller's process.
  api: ['programs', 'commands', 'host', 'lifecycle', 'project', 'stack', 'lib', 'errors'],
  host: ['output', 'lib', 'errors'],
  main: ['commands', 'host', 'output', 'lib', 'errors'],
  start: ['main', 'commands', 'host', 'lib', 'errors', 'version'],
};

/** Types only: they are gone from the program, so output may know the shapes of the results that it prints. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  output: [
    'adopt',
    'smoke',
    'failover',
    'doctor',
    'migrate',
    'traffic',
    'inspect',
    'lifecycle',
    'health',
    'render',
    'commands',
  ],
};

/** Plugged in from the side, by folder name, and only there. */
const GLOB_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'stack/contract/plugins.ts': ['kinds', 'runtimes'],
};

/** Folders whose subfolders must not know each other. */
const SEPARATE = ['kinds', 'kinds/_shared', 'runtimes', 'clients', 'programs'];
/** Folder beside the kinds with what several of them share of a server. */
const SHARED = 'kinds/_shared/';
/** A program is another process: what others may know of it is this room, which knows nothing of the rest of its program. */
const PROTOCOL = /^programs\/[^/]+\/protocol\//;
/** The one program that is also a part of another process: of whoever calls the library. */
const WITHIN = 'programs/supervisor/within.ts';
/** How a kind reads its SQL without a server: text in, text out. One lexer for the migrator and for a program that takes the server's place. */
const SQL_ROOM = /^kinds\/(?:_shared\/)?[^/]+\/sql\//;

/** What verbs do on a project, without argv and terminal: the library's face does the same. */
const SHARED_BY_FACES = /^commands\/(session\/|seed\/send-traffic\.ts$)/;

/** Imports that the table does not allow. */
export function importViolations({ edges }: Program): readonly string[] {
  return edges.filter((edge) => !isAllowed(edge)).map(describeEdge);
}

/** Folders and files of src/ that the table does not know. */
export function unknownModules({ sources }: Program): readonly string[] {
  const modules = new Set([...sources.keys()].map(moduleOf));
  return [...modules].filter((name) => MAY_IMPORT[name] === undefined);
}

function isAllowed({ from, to, how }: Edge): boolean {
  const [source, target] = [moduleOf(from), moduleOf(to)];
  if (how === 'glob') return GLOB_IMPORTS[from]?.includes(target) === true;
  if (source === target) {
    const leavesRoom = [PROTOCOL, SQL_ROOM].some((room) => room.test(from) && !room.test(to));
    return !leavesRoom && !SEPARATE.some((folder) => areStrangers(folder, from, to));
  }
  if (source === 'api' && target === 'commands' && !SHARED_BY_FACES.test(to)) return false;
  if (target === 'programs' && !PROTOCOL.test(to)) return source === 'api' && to === WITHIN;
  if (source === 'programs' && target === 'kinds' && !SQL_ROOM.test(to)) return false;
  const types = how === 'type' ? MAY_IMPORT_TYPES[source] : undefined;
  return [...(MAY_IMPORT[source] ?? []), ...(types ?? [])].includes(target);
}

/** Whether the two lie in different subfolders of this folder. */
function areStrangers(folder: string, from: string, to: string): boolean {
  const [own, other] = [from, to].map((file) => subfolderOf(folder, file));
  if (own === undefined || other === undefined || own === other) return false;
  // A program that starts another one talks to it.
  return !PROTOCOL.test(to) && (folder !== 'kinds' || !to.startsWith(SHARED));
}

function subfolderOf(folder: string, file: string): string | undefined {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split('/')[0] : undefined;
}

function moduleOf(file: string): string {
  if (file.startsWith('../packages/service-kit/')) return 'service-kit';
  return file.split('/')[0]?.replace(/\.ts$/, '') ?? file;
}
