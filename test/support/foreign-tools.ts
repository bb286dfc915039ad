/** The tools whose files `stackctl migrate import` converts, as test/migration-tools.sh installs them. */
import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const exec = promisify(execFile);

export interface ForeignRun {
  /** Applies all files. */
  up(): Promise<void>;
  /** Takes all of them back. Undefined: the tool can only do that for money. */
  readonly down: (() => Promise<void>) | undefined;
}

export interface RunInput {
  /** Of its own files. */
  readonly files: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** For what a run needs to write. */
  readonly scratch: string;
}

/** Name of the tool, as `--from` takes it, -> where it is. Installs what is missing. */
export function foreignTools(): Readonly<Record<string, string>> {
  const lines = execFileSync('bash', [join(ROOT, 'test/migration-tools.sh')], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return Object.fromEntries(lines.map((line) => line.split('\t')));
}

/** How each tool is run. */
export const FOREIGN_RUNS: Readonly<Record<string, (program: string, input: RunInput) => ForeignRun>> = {
  dbmate: (program, input) => {
    const line = (action: string) => [...DBMATE, '-d', input.files, '-u', urlOf(input), action];
    return {
      up: () => run(program, line('up')),
      down: async () => {
        // One file a time, until it says that none is left.
        for (;;) {
          const { stdout } = await exec(program, line('status'));
          if (/Applied: 0/.test(stdout)) return;
          await run(program, line('rollback'));
        }
      },
    };
  },
  goose: (program, input) => ({
    up: () => run(program, ['-dir', input.files, 'postgres', urlOf(input), 'up']),
    down: () => run(program, ['-dir', input.files, 'postgres', urlOf(input), 'reset']),
  }),
  'golang-migrate': (program, input) => ({
    up: () => run(program, ['-path', input.files, '-database', urlOf(input), 'up']),
    down: () => run(program, ['-path', input.files, '-database', urlOf(input), 'down', '-all']),
  }),
  'sql-migrate': (program, input) => {
    const config = join(input.scratch, `${input.database}.yml`);
    const write = () =>
      writeFile(config, `development: { dialect: postgres, datasource: "${urlOf(input)}", dir: ${input.files} }\n`);
    return {
      up: async () => {
        await write();
        await run(program, ['up', `-config=${config}`]);
      },
      down: () => run(program, ['down', `-config=${config}`, '-limit=0']),
    };
  },
  flyway: (folder, { files, port, user, password, database }) => ({
    up: () =>
      run('mvn', [
        '-q',
        '-B',
        '-f',
        join(folder, 'pom.xml'),
        'flyway:migrate',
        `-Dflyway.url=jdbc:postgresql://127.0.0.1:${port}/${database}`,
        `-Dflyway.user=${user}`,
        `-Dflyway.password=${password}`,
        // Otherwise its own transaction makes CREATE INDEX CONCURRENTLY wait for ever.
        '-Dflyway.postgresql.transactional.lock=false',
        `-Dflyway.locations=filesystem:${files}`,
      ]),
    down: undefined,
  }),
};

const DBMATE = ['--no-dump-schema'];

function urlOf({ port, user, password, database }: RunInput): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await exec(program, [...args], { timeout: 240_000 });
}
