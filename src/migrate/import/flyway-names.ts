/** What the name of a file says to Flyway, with its default prefixes and separator. */

export type FlywayName =
  /** `V2.1__title.sql`, `U2.1__title.sql` (takes V2.1 back), `B2.1__title.sql` (in place of everything up to V2.1). */
  | { readonly type: 'V' | 'U' | 'B'; readonly version: string; readonly title: string }
  /** `R__title.sql`, run again whenever its text has changed. */
  | { readonly type: 'R'; readonly title: string }
  | { readonly type: 'callback' };

const VERSIONED = /^(?<type>[VUB])(?<version>\d+(?:[._]\d+)*)__(?<title>.*)\.sql$/;

/** Undefined: Flyway does not run a file of this name. @param name without its folder. */
export function flywayName(name: string): FlywayName | undefined {
  const { type, version, title } = VERSIONED.exec(name)?.groups ?? {};
  if (version !== undefined && title !== undefined)
    return { type: type as 'V' | 'U' | 'B', version: version.replaceAll('_', '.'), title };
  const repeatable = /^R__(?<title>.*)\.sql$/.exec(name)?.groups?.title;
  if (repeatable !== undefined) return { type: 'R', title: repeatable };
  return CALLBACK.test(name) ? { type: 'callback' } : undefined;
}

const CALLBACK = /^(?:before|after|create)[A-Z]\w*?(?:__.*)?\.sql$/;
