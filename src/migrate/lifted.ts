import type { Emit } from '../lib/events.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Service } from '../stack/contract/model.ts';

export interface NamingOptions {
  readonly emit: Emit;
  /** Say what does not need to be known: settings for applications that do not bind the files. */
  readonly verbose?: boolean;
}

/** Names the settings of the server, the database or the role that do not bind the files of this session, where that is asked for. */
export async function nameLifted(
  service: Pick<Service, 'name'>,
  session: MigrationSession,
  { emit, verbose = false }: NamingOptions,
): Promise<void> {
  const lifted = verbose ? ((await session.lifted?.()) ?? []) : [];
  for (const setting of lifted)
    emit({ type: 'note', text: `${service.name}: does not bind the migrations: ${setting}` });
}
