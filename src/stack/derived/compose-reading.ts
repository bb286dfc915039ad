/** What the kinds that read services of a Compose file (`AdoptCapability`) have in common. Pure. */
import { posix } from 'node:path';
import { type ComposeService, type OtherPackaging, variablesOf } from '../contract/compose-service.ts';

/** The variables of a server, and in the end those that nobody understood. */
export interface VariableReader {
  /** The text of the first of these that is set and not empty. All of them count as understood. */
  take(...names: readonly string[]): string | undefined;
  /** What the stack decides by itself, or what has no meaning there. */
  ignore(names: RegExp): void;
  /** `TZ (environment)`, in the order of the file. What only an env file says may be meant for others, and is not told. */
  leftOut(): readonly string[];
  /** What is not understood yet. */
  others(): readonly (readonly [name: string, value: string])[];
}

export function readVariables(service: ComposeService): VariableReader {
  const all = variablesOf(service);
  const known = new Set<string>();
  const others = () => [...all].filter(([name]) => !known.has(name));
  return {
    take: (...names) => {
      for (const name of names) known.add(name);
      return names.map((name) => all.get(name)).find((value) => value !== undefined && value !== '');
    },
    ignore: (names) => {
      for (const name of all.keys()) if (names.test(name)) known.add(name);
    },
    leftOut: () =>
      others()
        .filter(([name]) => service.environment.has(name))
        .map(([name]) => `${name} (environment)`),
    others,
  };
}

/** What the image's own start script, which every command passes through, is called. */
const ENTRYPOINT = /^(docker-)?entrypoint(\.sh)?$|^(tini|dumb-init|exec|--)$/;
/** What only a shell understands. */
const SHELL_SYNTAX = /[;&|<>`\n]|\$\(/;

/**
 * The arguments that a server is started with, also through `sh -c`, where `$NAME` is one of the service's variables.
 * @param program its name, e.g. /^redis-server$/. @returns undefined where something else is started, or more than the server.
 */
export function argumentsOf(service: ComposeService, program: RegExp): readonly string[] | undefined {
  const given = [...(service.entrypoint ?? []), ...(service.command ?? [])];
  const words = throughShell(given, service);
  if (words === undefined) return undefined;
  const start = words.findIndex((word) => !ENTRYPOINT.test(posix.basename(word)));
  const [first, ...rest] = start === -1 ? [] : words.slice(start);
  if (first === undefined) return [];
  if (first.startsWith('-')) return [first, ...rest];
  return program.test(posix.basename(first)) ? rest : undefined;
}

function throughShell(words: readonly string[], service: ComposeService): readonly string[] | undefined {
  const at = words.findIndex((word) => /^(ba|da|a)?sh$/.test(posix.basename(word)));
  if (at === -1 || !/^-\w*c$/.test(words[at + 1] ?? '')) return words;
  const text = (words[at + 2] ?? '').trim();
  if (SHELL_SYNTAX.test(text) || words.length > at + 3) return undefined;
  const variables = variablesOf(service);
  return [...text.matchAll(WORD)].map(([word]) => filled(word, variables));
}

/** A word of a shell without expansions other than variables. */
const WORD = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g;

function filled(word: string, variables: ReadonlyMap<string, string>): string {
  return word.replaceAll(/'([^']*)'|\\(.)|"|\$\{?(\w+)(?::?-([^}]*))?\}?/g, (_, literal, escaped, name, fallback) => {
    if (name !== undefined) return variables.get(name) || (fallback ?? '');
    return literal ?? escaped ?? '';
  });
}

/** Names of the variables that a command names. */
export function namedInCommand({ entrypoint = [], command = [] }: ComposeService): RegExp {
  const names = [...[...entrypoint, ...command].join(' ').matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
  return new RegExp(`^(${names.join('|')})$`);
}

/** `7.2.4-debian-12-r0` -> `redis:7.2`; undefined without a number, e.g. for `latest`. */
export function sameVersionOf(image: string): OtherPackaging {
  return (tag) => {
    const version = versionOf(tag);
    return version === undefined ? undefined : `${image}:${version}`;
  };
}

/** The first two numbers of a tag, or its only one. */
export function versionOf(tag: string | undefined): string | undefined {
  return /^v?(\d+(?:\.\d+)?)(?![\d])/.exec(tag ?? '')?.[1];
}

/** Whether a server keeps its data there. */
export function isDataFolder(target: string): boolean {
  return /^\/(data|var\/lib|bitnami|home\/postgres)(\/|$)/.test(target);
}

/** Where images of databases have what they run when they make their data. */
export const INIT_FOLDER = '/docker-entrypoint-initdb.d';

/** Whether a mount brings such files. */
export function isInitScript({ target }: { readonly target: string }): boolean {
  return target === INIT_FOLDER || target.startsWith(`${INIT_FOLDER}/`);
}

/** What a mounted file meant to a server that now has its own configuration. Scripts of the first start are told elsewhere. */
export function leftOutMounts(
  { mounts, files }: ComposeService,
  ours: (target: string) => string | undefined,
): readonly string[] {
  return [
    ...mounts
      .filter((mount) => mount.type === 'bind' && !isDataFolder(mount.target) && !isInitScript(mount))
      .map(({ source, target }) => `${source} at ${target}${hintOf(ours(target))}`),
    ...files
      .filter((file) => !isInitScript(file))
      .map(({ of, name, target }) => `${of} ${name} at ${target}${hintOf(ours(target))}`),
  ];
}

function hintOf(hint: string | undefined): string {
  return hint === undefined ? '' : `: ${hint}`;
}
