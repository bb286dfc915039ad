/** The arrows inside a folder of src/ that has rooms of its own. */
import { describeEdge, type Edge, type Program } from './program.ts';

/**
 * Folder -> room -> the rooms that it may import. A room is a subfolder, or a file of the folder that the table names;
 * `.` stands for all other files of the folder.
 */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  stack: {
    source: [],
    contract: ['source'],
    derived: ['contract', 'source'],
    values: ['derived', 'contract', 'source'],
    ports: ['values', 'derived', 'contract', 'source'],
    load: ['ports', 'values', 'derived', 'contract', 'source'],
  },
  // The verbs are the files of the folder. Only the table of verbs knows them, and loads the one that was typed.
  commands: {
    'line/table.ts': ['.', 'line', 'completion'],
    line: ['line/table.ts'],
    completion: ['line', 'line/table.ts'],
    session: ['line'],
    migrate: ['session', 'line'],
    seed: ['session', 'line'],
    compose: ['session', 'line'],
    // A check runs verbs as a command line would.
    smoke: ['seed', 'session', 'line', 'line/table.ts'],
    '.': ['smoke', 'migrate', 'seed', 'compose', 'session', 'line', 'line/table.ts'],
  },
  adopt: {
    read: [],
    plan: ['read'],
    write: ['plan'],
    '.': ['write', 'plan', 'read'],
  },
  traffic: {
    arrival: [],
    measure: [],
    words: [],
    record: ['.'],
    replay: ['measure', '.'],
    '.': ['arrival', 'measure', 'words'],
  },
  doctor: {
    'doctor.ts': ['gather', 'checks', 'fixes', '.'],
    fixes: ['checks', '.'],
    checks: ['.'],
    gather: ['.'],
    '.': [],
  },
  'runtimes/docker': {
    engine: [],
    images: ['containers', 'engine'],
    containers: ['engine'],
    network: ['containers', 'engine'],
    logs: ['containers', 'engine'],
    data: ['containers', 'engine'],
    '.': ['engine', 'containers', 'network', 'images', 'logs', 'data'],
  },
  'runtimes/process': {
    'existing.ts': [],
    binaries: [],
    logs: [],
    supervision: ['existing.ts'],
    '.': ['existing.ts', 'binaries', 'logs', 'supervision'],
  },
};

/** Imports from one room of a folder into another that the table does not allow. */
export function roomViolations({ edges }: Program): readonly string[] {
  return edges.filter((edge) => edge.how !== 'glob' && !isAllowed(edge)).map(describeEdge);
}

/** Subfolders of a folder with rooms that the table does not know. */
export function unknownRooms({ sources }: Program): readonly string[] {
  const unknown = [...sources.keys()].flatMap((file) =>
    Object.entries(ROOMS).flatMap(([folder, rooms]) => {
      const room = roomOf(folder, rooms, file);
      return room === undefined || rooms[room] !== undefined ? [] : [`${folder}/${room}`];
    }),
  );
  return [...new Set(unknown)];
}

function isAllowed({ from, to }: Edge): boolean {
  return Object.entries(ROOMS).every(([folder, rooms]) => {
    const [own, other] = [roomOf(folder, rooms, from), roomOf(folder, rooms, to)];
    if (own === undefined || other === undefined || own === other) return true;
    return rooms[own]?.includes(other) === true;
  });
}

function roomOf(folder: string, rooms: Readonly<Record<string, unknown>>, file: string): string | undefined {
  if (!file.startsWith(`${folder}/`)) return undefined;
  const inside = file.slice(folder.length + 1);
  if (rooms[inside] !== undefined) return inside;
  return inside.includes('/') ? inside.split('/')[0] : '.';
}
