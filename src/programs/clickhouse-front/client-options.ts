/** Options of `clickhouse-client`, as far as a client over HTTP can do what they say. */
export interface ClientOptions {
  readonly host: string;
  /** Of the HTTP interface. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  readonly queries: readonly string[];
  readonly queriesFile: string | undefined;
  /** Undefined: TabSeparated, PrettyCompact on a terminal. */
  readonly format: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly ask: 'query' | 'version' | 'help';
  readonly time: boolean;
}

interface Draft extends Mutable<Omit<ClientOptions, 'queries' | 'settings'>> {
  readonly queries: string[];
  readonly settings: Map<string, string>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const SHORT: Readonly<Record<string, string>> = {
  q: 'query',
  h: 'host',
  u: 'user',
  d: 'database',
  f: 'format',
  V: 'version',
  n: 'multiquery',
  m: 'multiline',
  t: 'time',
  E: 'vertical',
};
const IGNORED = new Set([
  'multiquery',
  'multiline',
  'echo',
  'progress',
  'stacktrace',
  'highlight',
  'no-warnings',
  'disable_suggestion',
]);

/** Options of clickhouse-client that are taken over as they are. */
const TEXTS = ['host', 'user', 'password', 'database', 'format'] as const;

/** Every other option: reads its value, if it has one, and writes what it says. */
const OPTIONS: Readonly<Record<string, (draft: Draft, value: () => string) => void>> = {
  query: (draft, value) => {
    draft.queries.push(value());
  },
  ...Object.fromEntries(
    TEXTS.map((name) => [
      name,
      (draft: Draft, value: () => string) => {
        draft[name] = value();
      },
    ]),
  ),
  'queries-file': (draft, value) => {
    draft.queriesFile = value();
  },
  // The native port, which users of clickhouse-client give: this client talks HTTP.
  port: (_, value) => void value(),
  'http-port': (draft, value) => {
    draft.port = Number(value());
  },
  vertical: (draft) => {
    draft.format = 'Vertical';
  },
  time: (draft) => {
    draft.time = true;
  },
  version: (draft) => {
    draft.ask = 'version';
  },
  help: (draft) => {
    draft.ask = 'help';
  },
};

/** @throws Error naming the word that it cannot do. Settings of the server are `--name=value`, as with clickhouse-client. */
export function clientOptions(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ClientOptions {
  const draft: Draft = {
    host: env.CLICKHOUSE_HOST ?? '127.0.0.1',
    port: Number(env.CLICKHOUSE_PORT ?? 8123),
    user: env.CLICKHOUSE_USER ?? 'default',
    password: env.CLICKHOUSE_PASSWORD ?? '',
    database: env.CLICKHOUSE_DATABASE,
    queriesFile: undefined,
    format: undefined,
    ask: 'query',
    time: false,
    queries: [],
    settings: new Map(),
  };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { name, given } = optionOf(word);
    const value = (): string => {
      const text = given ?? rest.shift();
      if (text === undefined) throw new Error(`--${name} needs a value`);
      return text;
    };
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (option !== undefined) option(draft, value);
    else if (!IGNORED.has(name)) {
      if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`unknown option ${word}`);
      draft.settings.set(name, value());
    }
  }
  return draft;
}

function optionOf(word: string): { readonly name: string; readonly given: string | undefined } {
  const long = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word);
  if (long !== null) return { name: long[1] ?? '', given: long[2] };
  const short = /^-([A-Za-z])([\s\S]*)$/.exec(word);
  const name = SHORT[short?.[1] ?? ''];
  if (name === undefined) throw new Error(`unknown argument ${word}; a statement goes after --query`);
  return { name, given: short?.[2] === '' ? undefined : short?.[2] };
}
