import type { Client } from 'pg';
import type { ZodType } from 'zod';
import type { PostgresTarget } from '../../../clients/postgres/connect.ts';
import type { AdoptCapability } from '../../../stack/contract/compose-service.ts';
import type { TemplateVariables } from '../../../stack/contract/files.ts';
import type { InspectView } from '../../../stack/contract/inspect.ts';
import type { Kind, ProvisionContext } from '../../../stack/contract/kind.ts';
import type { MigrationSession, MigratorCapability } from '../../../stack/contract/migrate.ts';
import type { InstanceInput, ServiceInput } from '../../../stack/contract/model.ts';
import { primaryOf } from '../../../stack/contract/model.ts';
import { adopt } from './adopt.ts';
import { postgresNeed } from './binaries.ts';
import { cli, clientEnv, connection, refuse, refuseScale } from './client-side.ts';
import { eventSink } from './event-sink.ts';
import { eventStore } from './event-store.ts';
import { type Launch, serverContainer, serverFiles, serverProcess, startFacts } from './launch.ts';
import type { MigratorParts } from './migrator/run-files.ts';
import { type ServerOptions, targetOf } from './options.ts';
import type { MoreFacts } from './probe.ts';
import { MAJOR_VERSION } from './requirement.ts';
import type { ReadExtension } from './schema/dump.ts';
import { POSTGRES_SQL } from './sql/dialect.ts';
import { serverViews } from './views.ts';

/** What one kind of PostgreSQL server has of its own. Whatever is absent is as in a plain server. */
export interface PostgresKind<Options extends ServerOptions> {
  readonly name: string;
  readonly description: string;
  readonly options: ZodType<Options>;
  readonly defaultImage: string;
  /** What is added to the start of the server. */
  readonly launch?: (input: InstanceInput<Options>) => Launch;
  /** What a probe reads besides the facts of every server. */
  readonly readMore?: (client: Client, input: InstanceInput<Options>) => Promise<MoreFacts>;
  /** Makes what belongs into the database, which is there by then. */
  readonly provision?: (
    target: PostgresTarget,
    input: ServiceInput<Options>,
    context: ProvisionContext,
  ) => Promise<void>;
  readonly staleSince?: Kind<Options>['staleSince'];
  /** What migration files may require, besides `pg>=16`: the names in `migratorParts().features`, which is loaded later. */
  readonly requirements?: readonly string[];
  /** How to find out about each of these, and what to do about errors of its own. */
  readonly migratorParts?: () => Promise<MigratorParts>;
  /** What an extension keeps of the schema in tables of its own. */
  readonly schema?: () => Promise<ReadExtension>;
  /** All views of the kind. */
  readonly views?: readonly InspectView<Options>[];
  /** Images by which `stackctl init --from` knows the server. */
  readonly images: AdoptCapability['images'];
}

/** A kind of one PostgreSQL server. What asks a server is loaded then: it brings pg, which rendering does not need. */
export function postgresKind<Options extends ServerOptions>(own: PostgresKind<Options>): Kind<Options> {
  const launch = own.launch ?? (() => PLAIN);
  return {
    name: own.name,
    description: own.description,
    options: own.options,
    ports: [{ name: 'postgres', inside: 5432 }],
    defaultImage: own.defaultImage,
    volumes: ['data'],
    binaries: [postgresNeed()],
    variables,
    files: (input) => serverFiles(input, launch(input)),
    container: (input) => serverContainer(input, launch(input)),
    process: (input, paths) => serverProcess(input, paths, launch(input)),
    startFacts,
    refuse,
    refuseScale,
    probe: async (input) => {
      const { probeServer } = await import('./probe.ts');
      const target = targetOf(input.instance.client, input.service.options, 'probe');
      return probeServer(target, async (client) => own.readMore?.(client, input));
    },
    provision: (input, context) => provision(own, input, context),
    ...(own.staleSince === undefined ? {} : { staleSince: own.staleSince }),
    cli,
    clientEnv,
    connection,
    migrator: migratorOf(own),
    traffic: { sink: eventSink, ...eventStore },
    inspector: { views: own.views ?? serverViews() },
    adopt: adopt(own.images),
  };
}

const PLAIN: Launch = { settings: [] };

/** No config file is needed: settings are arguments. These are for files that a stack renders beside. */
function variables({ stack, service: { options }, instance }: InstanceInput<ServerOptions>): TemplateVariables {
  const { database, user } = options;
  return { project: stack.project.name, instance: instance.name, port: instance.peer.port, database, user };
}

async function provision<Options extends ServerOptions>(
  own: PostgresKind<Options>,
  input: ServiceInput<Options>,
  context: ProvisionContext,
): Promise<void> {
  const { ensureDatabase } = await import('./provision.ts');
  const target = targetOf(primaryOf(input.stack, input.service).client, input.service.options, 'provision');
  await ensureDatabase(target, context.signal);
  await own.provision?.(target, input, context);
}

function migratorOf<Options extends ServerOptions>(own: PostgresKind<Options>): MigratorCapability<Options> {
  return {
    sql: POSTGRES_SQL,
    requirements: [MAJOR_VERSION, ...(own.requirements ?? []).map((name) => ({ name }))],
    connect: ({ stack, service }, signal) =>
      connectTo(own, targetOf(primaryOf(stack, service).client, service.options, 'ledger'), signal),
    shadow: async (input, signal) => {
      const { openShadow } = await import('./shadow/open.ts');
      const { stack, service } = input;
      const prepare = async ({ database }: PostgresTarget): Promise<void> => {
        const target = targetOf(primaryOf(stack, service).client, service.options, 'provision');
        await own.provision?.({ ...target, database }, input, { signal, emit: () => undefined });
      };
      const target = targetOf(primaryOf(stack, service).client, service.options, 'ledger');
      return openShadow({ target, prepare, connect: (shadow) => connectTo(own, shadow, signal) }, signal);
    },
    foreignLedgers: async ({ stack, service }) => {
      const { readForeignLedgers } = await import('./migrator/foreign-ledgers.ts');
      return readForeignLedgers(targetOf(primaryOf(stack, service).client, service.options, 'inspect'));
    },
  };
}

async function connectTo<Options extends ServerOptions>(
  own: PostgresKind<Options>,
  target: PostgresTarget,
  signal: AbortSignal,
): Promise<MigrationSession> {
  const [{ connectMigrator }, { withSchema }] = await Promise.all([
    import('./migrator/migrator.ts'),
    import('./schema/session.ts'),
  ]);
  const session = await connectMigrator(target, (await own.migratorParts?.()) ?? { features: {} }, signal);
  return withSchema(session, target, await own.schema?.());
}
