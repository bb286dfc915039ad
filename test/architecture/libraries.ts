/** Which library is loaded where. */
import type { Program } from './program.ts';

const PACKAGES: Readonly<Record<string, (file: string) => boolean>> = {
  listr2: (file) => file === 'output/live.ts',
  diff: (file) => file === 'render/drift.ts' || file === 'migrate/line-diff.ts',
  'string-width': (file) => file === 'output/width.ts',
  '@balena/dockerignore': (file) => file === 'stack/load/docker-ignore.ts',
  dockerode: (file) => file.startsWith('runtimes/docker/'),
  'docker-modem': () => false,
  'tar-stream': (file) => file === 'runtimes/docker/data/first-file.ts',
  'tar-fs': () => false,
  ioredis: (file) =>
    ['clients/redis/', 'kinds/', 'programs/failover-client/'].some((folder) => file.startsWith(folder)),
  '@redis/client': (file) => file.startsWith('programs/failover-client/'),
  pg: (file) => file.startsWith('clients/postgres/'),
  '@platformatic/kafka': (file) => file.startsWith('clients/kafka/'),
  '@clickhouse/client': (file) => file.startsWith('clients/clickhouse/'),
  'hdr-histogram-js': (file) => file.startsWith('traffic/measure/'),
  commander: (file) => file.startsWith('commands/'),
  execa: (file) => file.startsWith('runtimes/'),
  yaml: (file) =>
    ['stack/', 'render/'].some((folder) => file.startsWith(folder)) ||
    ['commands/config.ts', 'adopt/read/parse.ts', 'adopt/write/stack-text.ts'].includes(file),
};

/** Imported only where a run comes to the point that needs them. */
const HEAVY = [
  'dockerode',
  'tar-stream',
  'ioredis',
  'pg',
  '@platformatic/kafka',
  '@clickhouse/client',
  'execa',
  'listr2',
];

/** Files that load a library that others load for them. */
export function libraryViolations({ packages }: Program): readonly string[] {
  return packages
    .filter(({ from, name }) => PACKAGES[name]?.(from) === false)
    .map(({ from, name }) => `${from} loads ${name}`);
}

/** Libraries that are loaded together with start.ts or with the library's face, or with a command although only some of its runs need them. */
export function startUpViolations(program: Program): readonly string[] {
  const commands = [...program.sources.keys()].filter((file) => file.startsWith('commands/'));
  return [
    ...['start.ts', 'api.ts'].flatMap((face) => loadedWith(program, face).map((name) => `${face} loads ${name}`)),
    ...commands.flatMap((file) =>
      loadedWith(program, file)
        .filter((name) => HEAVY.includes(name))
        .map((name) => `${file} loads ${name}`),
    ),
  ];
}

function loadedWith({ edges, packages }: Program, file: string): readonly string[] {
  const files = new Set([file]);
  for (const from of files)
    for (const edge of edges) if (edge.how === 'import' && edge.from === from) files.add(edge.to);
  return packages.filter(({ from, lazy }) => files.has(from) && !lazy).map(({ name }) => name);
}
