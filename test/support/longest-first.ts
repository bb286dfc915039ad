import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in that order. Begun last, one of them would run by itself at the end while the other
 * workers have nothing to do.
 */
const LONGEST = [
  'e2e/email-timing.test.ts',
  'e2e/compose-lines.test.ts',
  'e2e/taken-over.test.ts',
  'contract/runtimes/runtime.test.ts',
  'e2e/cold-start.test.ts',
  'e2e/interrupts.test.ts',
  'e2e/robustness.test.ts',
  'e2e/event-tracking.test.ts',
  'e2e/analytics.test.ts',
  'e2e/upgrade.test.ts',
  'e2e/migrate.test.ts',
  'e2e/old-master.test.ts',
  'e2e/cache-api.test.ts',
  'contract/kinds/clickhouse-migrator.test.ts',
  'e2e/hand-over.test.ts',
  'e2e/package.test.ts',
  'e2e/health.test.ts',
  'e2e/clients.test.ts',
  'e2e/guide.test.ts',
  'e2e/scale.test.ts',
  'e2e/seed.test.ts',
].map((name) => `/test/${name}`);

/** Starts the longest files first, the others in the order that Vitest would take. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
