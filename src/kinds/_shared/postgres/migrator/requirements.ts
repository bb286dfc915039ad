import type { Client } from 'pg';
import { row } from '../../../../clients/postgres/connect.ts';
import { MAJOR_VERSION } from '../requirement.ts';

/** What an extension adds to what files may require: name -> why this server does not have it, or undefined. */
export type Features = Readonly<Record<string, (client: Client) => Promise<string | undefined>>>;

/** Why this server does not have what a file requires; undefined: it has it. */
export async function missing(client: Client, features: Features, requirement: string): Promise<string | undefined> {
  const major = MAJOR_VERSION.pattern.exec(requirement)?.[1];
  if (major !== undefined) {
    const { version } = await row<{ version: string }>(client, `select current_setting('server_version') as version`);
    return Number.parseInt(version, 10) >= Number(major) ? undefined : `the server is PostgreSQL ${version}`;
  }
  const feature = Object.hasOwn(features, requirement) ? features[requirement] : undefined;
  if (feature === undefined) throw new Error(`no requirement: ${requirement}`);
  return feature(client);
}
