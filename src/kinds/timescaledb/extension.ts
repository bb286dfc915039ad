/** The extension's name, and that of its library. */
export const EXTENSION = 'timescaledb';

/** What migration files may require of it. How to find out about each: features.ts. */
export const REQUIREMENTS = [EXTENSION, 'timescaledb-tsl'] as const;

/** What `timescaledb.license` says: the Apache edition lacks compression, continuous aggregates, jobs and policies. */
export type Edition = 'apache' | 'timescale';

export interface ExtensionState {
  /** Version in this database; undefined: it was not created there. */
  readonly version: string | undefined;
  readonly edition: Edition | undefined;
  /** This installation could create it. */
  readonly available: boolean;
  /** The running server has loaded its library, which only a start does. */
  readonly preloaded: boolean;
  /** Its library is there, so that a start would load it; undefined: this user may not ask. */
  readonly hasLibrary: boolean | undefined;
  /** E.g. `17`. */
  readonly serverMajor: string;
}

/** How to install it. Debian 13 has it for PostgreSQL 17; timescale.com has packages for every version. */
function installAdvice(serverMajor: string): string {
  const debian = serverMajor === '17' ? 'postgresql-17-timescaledb (Debian 13) or ' : '';
  return `install ${debian}timescaledb-2-postgresql-${serverMajor} (packages of timescale.com)`;
}

/** Why the extension is not in this database, and what to do about it. */
export function whyAbsent(state: ExtensionState): string {
  if (!state.available) return notFound(state);
  if (state.preloaded) return 'the TimescaleDB extension was not created in this database yet: `stackctl up` does it';
  return `${INSTALLED_LATER}: \`stackctl up\` starts it again and creates the extension`;
}

export const INSTALLED_LATER = 'TimescaleDB was installed after this server was started, and only a start loads it';

/** The same before the version is known: the start script fills in `{major}`. */
export const INSTALL_ANY = `${installAdvice('{major}')}; for PostgreSQL 17, Debian 13 has postgresql-17-timescaledb`;

export function notFound({ serverMajor }: Pick<ExtensionState, 'serverMajor'>): string {
  return `TimescaleDB extension not found in this PostgreSQL ${serverMajor}: ${installAdvice(serverMajor)}`;
}
