/**
 * Where a text names a host: a word that only happens to be the name of a service stands nowhere here. Pure.
 */

export interface Place {
  readonly host: string;
  readonly port: number | undefined;
  /** Of a URL, in lower case. */
  readonly scheme: string | undefined;
}

const HOST = '[A-Za-z0-9_][\\w.-]*';
const AT = `${HOST}(?::\\d{1,5})?`;
/**
 * How a password goes on that holds an `@` which is not escaped: to the last `@` before the host, but not past a host with
 * credentials of its own behind it, as in `amqp://u:p@a:1,u:p@b:2`.
 */
export const FURTHER = String.raw`(?:@(?![\w.{}-]+(?::\d{1,5})?,[^\s/@,]*:)[^\s/?#@'"]*)*`;
/** `scheme://user:password@host:port,host:port`; a list may also be one of whole URLs. */
const URL = `([A-Za-z][A-Za-z0-9+.-]*):\\/\\/([^\\s/?#'"@]*${FURTHER}@)?(${AT}(?:,(?![A-Za-z][A-Za-z0-9+.-]*:\\/\\/)${AT})*)(?=$|[\\s/?#'",;)\\]}&|])`;
/** `host:port` by itself, in a list, behind an option, or as Go writes it: `tcp(host:port)`. */
const PAIR = `(?<=^|[@,;\\s=('"\\[|])(${HOST}):(\\d{1,5})(?=$|[/,;?\\s)'"\\]&|#])`;
/** `host=db port=5432`, `Server=db;Port=3306`. */
const KEYED = `(?<=^|[\\s;,?&])((?:host|hostaddr|server|data source|addr|address)\\s*=\\s*)(${HOST})(?=$|[\\s;,&])`;
const PLACE = new RegExp(`${URL}|${PAIR}|${KEYED}`, 'gi');

/** @param instead what stands in for a place, `host` or `host:port`; undefined: it stays as it is. */
export function replacePlaces(text: string, instead: (place: Place) => string | undefined): string {
  return text.replaceAll(
    PLACE,
    (
      whole,
      scheme?: string,
      user?: string,
      hosts?: string,
      host?: string,
      port?: string,
      key?: string,
      keyed?: string,
    ) => {
      if (scheme !== undefined && hosts !== undefined) {
        const all = hosts.split(',').map((one) => inUrl(one, scheme.toLowerCase(), instead));
        return `${scheme}://${user ?? ''}${[...new Set(all)].join(',')}`;
      }
      if (host !== undefined) return instead({ host, port: Number(port), scheme: undefined }) ?? whole;
      if (keyed === undefined) return whole;
      const found = instead({ host: keyed, port: undefined, scheme: undefined });
      return found === undefined ? whole : `${key}${found}`;
    },
  );
}

function inUrl(text: string, scheme: string, instead: (place: Place) => string | undefined): string {
  const [host = '', port] = text.split(':');
  return instead({ host, port: port === undefined ? undefined : Number(port), scheme }) ?? text;
}

export function placesIn(text: string): readonly Place[] {
  const found: Place[] = [];
  replacePlaces(text, (place) => {
    found.push(place);
    return undefined;
  });
  return found;
}

/** The port that a URL means when it names none. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  ws: 80,
  https: 443,
  postgres: 5432,
  postgresql: 5432,
  postgis: 5432,
  mysql: 3306,
  mysql2: 3306,
  mariadb: 3306,
  redis: 6379,
  valkey: 6379,
  amqp: 5672,
  mongodb: 27_017,
  nats: 4222,
  memcached: 11_211,
  smtp: 25,
  clickhouse: 9000,
};

/** `postgresql+psycopg` and `db+postgresql` are a postgresql, too. */
export function defaultPort(scheme = ''): number | undefined {
  return scheme
    .split('+')
    .map((part) => DEFAULT_PORTS[part])
    .find((port) => port !== undefined);
}

/** What variables are called whose whole value is a host, or several. The rest of the name is in group 1. */
const HOST_VARIABLE =
  /^(.*?)_?(HOST|HOSTS|HOSTNAME|HOSTNAMES|SERVER|SERVERS|ADDR|ADDRS|ADDRESS|ADDRESSES|BROKER|BROKERS|SEEDS|NODES|ENDPOINT|ENDPOINTS|URL|URI|UPSTREAM|PEERS|CONNECT)(_?NAME)?$/i;

/** The beginning of the names of the variables that belong to it, e.g. `DB` for `DB_HOST`; undefined: no host is expected here. */
export function hostVariable(name: string): string | undefined {
  return HOST_VARIABLE.exec(name)?.[1];
}
