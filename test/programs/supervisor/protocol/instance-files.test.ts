import { watch } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  deleteRunFiles,
  foldersOf,
  writeRecord,
  writeRunState,
} from '../../../../src/programs/supervisor/protocol/instance-files.ts';
import { NEVER_RAN } from '../../../../src/programs/supervisor/protocol/instance-record.ts';
import { waitFor } from '../../../support/wait-for.ts';

const launch = { configHash: 'x', argv: ['/bin/true'], environment: {}, stopGraceS: 1 } as const;

test('the state is gone before the record is, whose end tells a command that all is done', async () => {
  const instances = await mkdtemp(join(tmpdir(), 'stackctl-files-'));
  try {
    const folders = foldersOf(instances, 'app-1');
    await mkdir(folders.run, { recursive: true });
    await writeRecord(folders, { revision: 'r', wanted: 'removed', launch });
    await writeRunState(folders, { ...NEVER_RAN, error: 'did not start' });
    const gone: (string | null)[] = [];
    using _ = watching(folders.run, (name) => gone.push(name));
    await deleteRunFiles(folders);
    await waitFor('both deletions', () => gone.includes('state.json') && gone.includes('record.json'));
    expect(gone.indexOf('state.json')).toBeLessThan(gone.indexOf('record.json'));
  } finally {
    await rm(instances, { recursive: true });
  }
});

function watching(folder: string, notice: (name: string | null) => void): Disposable {
  const watcher = watch(folder, (_event, name) => notice(name));
  return { [Symbol.dispose]: () => watcher.close() };
}
