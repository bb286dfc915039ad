import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './cli.ts';

/** Programs that read files of lines `NAME=value`: each gives what it read for these names. */

type Reader = (folder: string, text: string, names: readonly string[]) => Promise<readonly (string | undefined)[]>;

/** Sources the file, as `. ./file` does. */
export function shellReader(shell: readonly [string, ...string[]]): Reader {
  const [program, ...args] = shell;
  return async (folder, text, names) => {
    await writeFile(join(folder, 'read.env'), text);
    const print = names.map((name) => `printf '%s\\0' "$${name}"`).join('\n');
    await writeFile(join(folder, 'read.sh'), `. ./read.env\n${print}\n`);
    const { out, err, code } = await run(program, [...args, 'read.sh'], { cwd: folder });
    if (code !== 0 || err !== '') throw new Error(`${program} ended with ${code}: ${err}`);
    return out.split('\0').slice(0, -1);
  };
}

export const nodeReader: Reader = async (folder, text, names) => {
  await writeFile(join(folder, 'read.env'), text);
  const program = `process.stdout.write(JSON.stringify(${JSON.stringify(names)}.map((name) => process.env[name])))`;
  const { out } = await run(process.execPath, ['--env-file=read.env', '-e', program], { cwd: folder, env: {} });
  return JSON.parse(out) as string[];
};

/** `.env` beside compose.yaml: what it fills in for `${NAME}`. */
export const composeReader: Reader = async (folder, text, names) => {
  await writeFile(join(folder, '.env'), text);
  const labels = Object.fromEntries(names.map((name) => [name, `$\{${name}}`]));
  const service = await composeService(folder, { image: 'none', labels });
  return names.map((name) => service.labels?.[name]);
};

/** `env_file` of a service: what its container gets. */
export const envFileReader: Reader = async (folder, text, names) => {
  await writeFile(join(folder, '.env'), '');
  await writeFile(join(folder, 'service.env'), text);
  const service = await composeService(folder, { image: 'none', env_file: ['service.env'] });
  return names.map((name) => service.environment?.[name]);
};

interface ReadService {
  readonly labels?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}

async function composeService(folder: string, service: object): Promise<ReadService> {
  await writeFile(join(folder, 'compose.yaml'), JSON.stringify({ services: { one: service } }));
  return (await composeConfig(folder)).one ?? {};
}

/** The services of compose.yaml in a folder as Compose understands them. Its answer writes `$$` for `$`. */
export async function composeConfig(folder: string): Promise<Readonly<Record<string, ReadService>>> {
  const { out, err, code } = await run('docker', ['compose', 'config', '--format', 'json'], { cwd: folder });
  if (code !== 0) throw new Error(err);
  return JSON.parse(out.replaceAll('$$', '$')).services;
}

/** Arguments that a recipe of a Makefile hands to a program. */
export async function makeArguments(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const recipes = words.map((word) => `\t@printf '%s\\0' ${word} >>out\n`);
  await writeFile(join(folder, 'Makefile'), `all:\n${recipes.join('')}`);
  const { err, code } = await run('make', ['-s'], { cwd: folder });
  if (code !== 0) throw new Error(err);
  return (await readFile(join(folder, 'out'), 'utf8')).split('\0').slice(0, -1);
}
