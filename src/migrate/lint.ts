import { placeFinder } from '../lib/text-place.ts';
import type { LintFinding } from '../stack/contract/lint.ts';
import type { MigratedService } from './folder.ts';
import type { LintReport } from './report.ts';
import { readSections, type Section } from './sections.ts';

/**
 * What the files of a service do that hurts a table which is large or in use, in the order of the files. Reads no server.
 * @param from the first version that is read; undefined: all.
 * @throws E_MIGRATION_INVALID for a file that cannot be read.
 */
export function lint({ service, migrator, files }: MigratedService, from: bigint | undefined): LintReport {
  const { sql, withoutTransactions = false } = migrator;
  const chosen = files.filter(({ version }) => from === undefined || version >= from);
  const findings = chosen.flatMap((file) => {
    const { name, path } = file;
    const text = file.text();
    const placeOf = placeFinder(text);
    const { up, others } = readSections(text, sql);
    const found = [up, others.else].flatMap((section) => (section === undefined ? [] : findingsIn(section)));
    return found.map(({ offset, ...finding }) => ({ file: name, path, ...placeOf(offset), ...finding }));
  });
  return { service: service.name, files: chosen.length, findings };

  function findingsIn({ statements, header }: Section): readonly LintFinding[] {
    const transactional = !withoutTransactions && header.transaction !== false;
    const part = { transactional, once: header.once ?? false, lockTimeoutMs: header.lockTimeoutMs ?? 0 };
    const allowed = header.allow ?? [];
    return (sql.lint?.(statements, part) ?? []).filter(({ rule }) => !allowed.includes(rule));
  }
}
