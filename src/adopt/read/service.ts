import type { ComposeBuild, ComposeEnvFile, ComposeService } from '../../stack/contract/compose-service.ts';
import { readImage } from './image.ts';
import { type Rebase, readMount } from './mounts.ts';
import { readExpose, readPort } from './ports.ts';
import { isTree, listOf, pairsOf, secondsOf, type Tree, textOf, textsOf, treeOf, wholeOf } from './values.ts';
import { splitWords } from './words.ts';

/** What one service of a file is read with. */
export interface ServiceReader {
  readonly rebase: Rebase;
  /** Variables of the shell and of `.env`: an entry of `environment` without a value has the one of that name. */
  readonly lookup: (name: string) => string | undefined;
  /** The variables of an env file; undefined: it is not there. */
  readonly envFile: (path: string) => ReadonlyMap<string, string> | undefined;
  /** Called for what is none of the forms that Compose knows. */
  readonly tell: (path: readonly PropertyKey[], message: string) => void;
}

/** Keys that are read here; every other one is in `rest`. */
const READ = new Set(
  (
    'image build command entrypoint environment env_file ports expose volumes healthcheck depends_on container_name networks ' +
    'links scale stop_grace_period network_mode profiles secrets configs extends'
  ).split(' '),
);

/** A service of a Compose file, `extends` aside. */
export function readService(name: string, raw: Tree, reader: ServiceReader): ComposeService {
  const { rebase, tell } = reader;
  const image = textOf(raw.image);
  return {
    name,
    image: image === undefined || image === '' ? undefined : readImage(image),
    build: readBuild(raw.build, rebase),
    command: wordsOf(raw.command, () => tell(['command'], 'has a quote that is not closed')),
    entrypoint: wordsOf(raw.entrypoint, () => tell(['entrypoint'], 'has a quote that is not closed')),
    environment: readEnvironment(raw.environment, reader),
    envFiles: listOf(raw.env_file).flatMap((item) => readEnvFile(item, reader)),
    ports: listOf(raw.ports).flatMap((item, index) => {
      const found = readPort(item);
      if (found === undefined) tell(['ports', index], 'is no port as Compose writes it');
      return found ?? [];
    }),
    expose: listOf(raw.expose).flatMap(readExpose),
    mounts: listOf(raw.volumes).flatMap((item, index) => {
      const found = readMount(item, rebase);
      if (found === undefined) tell(['volumes', index], 'is no volume as Compose writes it');
      return found ?? [];
    }),
    healthcheck: readHealthcheck(raw.healthcheck),
    healthcheckTimeoutS: secondsOf(treeOf(raw.healthcheck).timeout),
    dependsOn: readDependencies(raw.depends_on),
    aliases: [...new Set([...readAliases(raw.networks), ...textsOf(raw.container_name)])],
    links: readLinks(raw.links),
    replicas: wholeOf(raw.scale) ?? wholeOf(treeOf(raw.deploy).replicas) ?? 1,
    stopGraceS: secondsOf(raw.stop_grace_period),
    networkMode: textOf(raw.network_mode),
    profiles: textsOf(raw.profiles),
    files: (['secrets', 'configs'] as const).flatMap((of) => listOf(raw[of]).flatMap((item) => readFile(of, item))),
    rest: Object.fromEntries(
      Object.entries(raw).filter(([key, value]) => !READ.has(key) && value !== null && value !== undefined),
    ),
  };
}

function readBuild(raw: unknown, rebase: Rebase): ComposeBuild | undefined {
  if (raw === undefined || raw === null) return undefined;
  if (!isTree(raw)) return { context: rebase(textOf(raw) ?? '.'), args: {}, rest: {} };
  const { context, args, ...rest } = raw;
  const given = [...pairsOf(args)].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { context: rebase(textOf(context) ?? '.'), args: Object.fromEntries(given), rest };
}

function wordsOf(raw: unknown, tell: () => void): readonly string[] | undefined {
  if (raw === undefined || raw === null) return undefined;
  if (Array.isArray(raw)) return textsOf(raw);
  const words = splitWords(textOf(raw) ?? '');
  if (words === undefined) tell();
  return words;
}

function readEnvironment(raw: unknown, { lookup }: ServiceReader): ReadonlyMap<string, string | undefined> {
  const isMap = isTree(raw);
  return new Map(
    [...pairsOf(raw)].map(([name, value]): [string, string | undefined] => {
      const isEmpty = isMap && raw[name] === '';
      return [name, value ?? (isEmpty ? '' : lookup(name))];
    }),
  );
}

function readEnvFile(raw: unknown, { rebase, envFile }: ServiceReader): readonly ComposeEnvFile[] {
  const path = isTree(raw) ? textOf(raw.path) : textOf(raw);
  if (path === undefined) return [];
  const at = rebase(path);
  return [{ path: at, required: !(isTree(raw) && raw.required === false), variables: envFile(at) }];
}

function readHealthcheck(raw: unknown): readonly string[] | undefined {
  const { test, disable } = treeOf(raw);
  if (disable === true || disable === 'true') return ['NONE'];
  if (test === undefined || test === null) return undefined;
  if (Array.isArray(test)) return textsOf(test);
  const text = textOf(test) ?? '';
  return text === '' ? undefined : ['CMD-SHELL', text];
}

function readDependencies(raw: unknown): ReadonlyMap<string, string> {
  if (Array.isArray(raw)) return new Map(textsOf(raw).map((name) => [name, 'service_started']));
  return new Map(
    Object.entries(treeOf(raw)).map(([name, item]) => [name, textOf(treeOf(item).condition) ?? 'service_started']),
  );
}

function readAliases(raw: unknown): readonly string[] {
  return Object.values(treeOf(raw)).flatMap((network) => textsOf(treeOf(network).aliases));
}

/** `db`, `db:database`: alias -> service. */
function readLinks(raw: unknown): ReadonlyMap<string, string> {
  return new Map(
    textsOf(raw).map((text) => {
      const [service = '', alias = service] = text.split(':');
      return [alias, service];
    }),
  );
}

function readFile(of: 'secrets' | 'configs', raw: unknown): ComposeService['files'] {
  const name = isTree(raw) ? textOf(raw.source) : textOf(raw);
  if (name === undefined) return [];
  const given = isTree(raw) ? textOf(raw.target) : undefined;
  const folder = of === 'secrets' ? '/run/secrets/' : '/';
  const target = given?.startsWith('/') ? given : `${folder}${given ?? name}`;
  return [{ of, name, target }];
}
