import { Secret } from './secret.ts';

export interface UrlParts {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  /** Undefined or empty: none. */
  readonly password?: Secret | undefined;
  readonly path?: string | undefined;
}

/** `scheme://user:password@host:port/path`, each part percent-encoded: a secret, for it may have one in it. */
export function connectionUrl({ scheme, host, port, user = '', password, path }: UrlParts): Secret {
  const word = password?.reveal() ?? '';
  const credentials = `${encodeURIComponent(user)}${word === '' ? '' : `:${encodeURIComponent(word)}`}`;
  const place = `${host}:${port}${path === undefined ? '' : `/${encodeURIComponent(path)}`}`;
  return new Secret(`${scheme}://${credentials === '' ? '' : `${credentials}@`}${place}`);
}
