import { expect, test } from 'vitest';
import { withSchemas } from '../../../src/commands/session/schema-health.ts';
import { POSTGRES_SQL } from '../../../src/kinds/_shared/postgres/sql/dialect.ts';
import type { InstanceView, StatusView } from '../../../src/lifecycle/status.ts';
import type { LedgerEntry } from '../../../src/stack/contract/ledger.ts';
import type { MigrationSession } from '../../../src/stack/contract/migrate.ts';
import type { Stack } from '../../../src/stack/contract/model.ts';
import { programStack } from '../../support/program-stack.ts';

const SIGNAL = new AbortController().signal;

async function degradedWith(
  ledger: () => Promise<readonly LedgerEntry[]>,
  health = 'healthy',
): Promise<readonly string[]> {
  const session: MigrationSession = {
    applied: ledger,
    lock: async () => undefined,
    missing: async () => undefined,
    apply: async () => undefined,
    close: async () => undefined,
  };
  const plain = await programStack('process');
  const services = plain.services.map((service) =>
    service.name === 'store'
      ? {
          ...service,
          kind: { ...service.kind, migrator: { sql: POSTGRES_SQL, requirements: [], connect: async () => session } },
        }
      : service,
  );
  const stack: Stack = { ...plain, services };
  const instance = { name: 'store-1', service: 'store', health, degraded: ['slow'] } as unknown as InstanceView;
  const view = { healthy: true, instances: [instance] } as unknown as StatusView;
  return (
    (await withSchemas(view, { stack, paths: { knownMigrations: '/nowhere/known.json' } }, SIGNAL)).instances[0]
      ?.degraded ?? []
  );
}

const entry = (name: string, checksum: string): LedgerEntry => ({
  name,
  checksum,
  state: 'applied',
  appliedAt: '2026-01-01T00:00:00Z',
  durationMs: 1,
});

test('pending migrations are said, behind what the probe says', async () => {
  expect(await degradedWith(async () => [])).toEqual(['slow', '2 migrations are pending (stackctl migrate up)']);
});

test('a file that was edited after it was applied is named', async () => {
  const ledger = [entry('0001_a', 'other'), entry('0002_b', 'other')];
  expect((await degradedWith(async () => ledger)).join()).toContain('0001_a');
});

test('a ledger that cannot be read is a remark, and never a failure of status', async () => {
  const failing = async () => Promise.reject(new Error('connection refused'));
  expect(await degradedWith(failing)).toEqual(['slow', 'its migrations cannot be looked at: connection refused']);
});

test('an instance that is not healthy is not asked', async () => {
  expect(await degradedWith(async () => Promise.reject(new Error('asked')), 'stopped')).toEqual(['slow']);
});
