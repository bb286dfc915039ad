/** What `clickhouse-client` is told, as far as its HTTP stand-in can do it. */
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

type Draft = { -readonly [Key in keyof ClientOptions]: ClientOptions[Key] };

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

/** @throws Error naming the word that it cannot do. Settings of the server are `--name=value`, as with clickhouse-client. */
export function clientOptions(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ClientOptions {
  const settings = new Map<string, string>();
  const queries: string[] = [];
  const options: Draft = {
    host: env.CLICKHOUSE_HOST ?? '127.0.0.1',
    port: Number(env.CLICKHOUSE_PORT ?? 8123),
    user: env.CLICKHOUSE_USER ?? 'default',
    password: env.CLICKHOUSE_PASSWORD ?? '',
    database: env.CLICKHOUSE_DATABASE,
    queriesFile: undefined,
    format: undefined,
    ask: 'query',
    time: false,
    queries,
    settings,
  };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { name, given } = optionOf(word);
    const value = (): string => {
      const text = given ?? rest.shift();
      if (text === undefined) throw new Error(`--${name} needs a value`);
      return text;
    };
    switch (name) {
      case 'query':
        queries.push(value());
        break;
      case 'host':
      case 'user':
      case 'password':
      case 'database':
      case 'format':
        options[name] = value();
        break;
      case 'queries-file':
        options.queriesFile = value();
        break;
      case 'port':
        value(); // the native port of a real client's habits: this one talks HTTP
        break;
      case 'http-port':
        options.port = Number(value());
        break;
      case 'vertical':
        options.format = 'Vertical';
        break;
      case 'time':
        options.time = true;
        break;
      case 'version':
      case 'help':
        options.ask = name;
        break;
      default:
        if (IGNORED.has(name)) break;
        if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`unknown option ${word}`);
        settings.set(name, value());
    }
  }
  return options;
}

function optionOf(word: string): { readonly name: string; readonly given: string | undefined } {
  const long = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word);
  if (long !== null) return { name: long[1] ?? '', given: long[2] };
  const short = /^-([A-Za-z])([\s\S]*)$/.exec(word);
  const name = SHORT[short?.[1] ?? ''];
  if (name === undefined) throw new Error(`unknown argument ${word}; a statement goes after --query`);
  return { name, given: short?.[2] === '' ? undefined : short?.[2] };
}
