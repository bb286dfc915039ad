import { afterAll, beforeAll, test as it } from 'vitest';
import type { PostgresTarget } from '../../src/clients/postgres/connect.ts';
import type { Purpose } from '../../src/clients/postgres/purpose.ts';
import { targetOf } from '../../src/kinds/_shared/postgres/options.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import { type Installation, type PostgresServer, postgresServer } from './postgres-server.ts';

const OPTIONS = { database: 'shop', user: 'shop_user', password: new Secret('secret') };

interface ServerInput {
  readonly kind: Kind<never>;
  /** Undefined: it is not here, and the tests are skipped. */
  readonly found: Installation | undefined;
  /** Of the server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts a server with the database `shop` for the tests of the block that calls this. */
export function postgresForTests({ kind, found, settings }: ServerInput) {
  let server: PostgresServer<never> | undefined;
  const started = (): PostgresServer<never> => {
    if (server === undefined) throw new Error('the server is started before the first test');
    return server;
  };
  beforeAll(async () => {
    if (found === undefined) return;
    const options = settings === undefined ? OPTIONS : { ...OPTIONS, settings };
    server = await postgresServer({ kind, options, installation: found });
    await server.start();
    await server.ready();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  return {
    test: it.skipIf(found === undefined),
    server: started,
    target: (purpose: Purpose = 'provision'): PostgresTarget =>
      targetOf(started().input.instance.client, OPTIONS, purpose),
  };
}
