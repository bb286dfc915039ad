/**
 * A run as its file has it: a line for each write, and at the end one with everything else that was observed. So it can be judged
 * again, by other limits or by a newer stackctl, when the servers are long gone.
 */
import { open } from 'node:fs/promises';
import type * as z from 'zod';
import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { unreadable } from '../lib/file-errors.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import { fieldName } from '../stack/source/problem.ts';
import { mistakesIn } from '../stack/source/zod-problems.ts';
import { endSchema, SCHEMA_VERSION, writeSchema } from './run-file-schema.ts';
import type { Observations } from './run-report.ts';

/** The last line of the file of a run. */
export function endOf({ history: _, historyFile: __, clients, ...observed }: Observations): object {
  const ofClients = clients?.map(({ history: ___, ...client }) => client);
  return { type: 'end', schemaVersion: SCHEMA_VERSION, ...observed, ...defined({ clients: ofClients }) };
}

/**
 * What a run observed. Writes may stand in any order, each value once.
 * @throws E_STATE_UNREADABLE; E_HISTORY_INVALID with the line for what is no history, and for a run that was ended before its
 *   last line.
 */
export async function readRun(path: string): Promise<Observations> {
  const histories = createHistories(path);
  let end: z.infer<typeof endSchema> | undefined;
  let number = 0;
  for await (const text of linesOf(path)) {
    number += 1;
    if (end !== undefined) throw invalid(path, number, 'stands behind the end of the run');
    const line = parsed(path, number, text);
    if (isEnd(line)) {
      end = shaped(endSchema, path, number, line);
      continue;
    }
    const { client, ...record } = shaped(writeSchema, path, number, line);
    histories.add(number, record as WriteRecord, client);
  }
  const history = histories.of(undefined);
  if (end === undefined) throw unfinished(path, history.length);
  const { type: _, schemaVersion: __, clients, ...observed } = end;
  const absent = { newPrimary: undefined, finalRead: undefined, epochs: undefined };
  const ofClients = clients?.map((client) => ({ finalRead: undefined, ...client, history: histories.of(client.name) }));
  return { ...absent, ...observed, ...defined({ clients: ofClients }), history, historyFile: path } as Observations;
}

/** The writes of each writer: a name for a client, none for stackctl's own. */
function createHistories(path: string) {
  const all = new Map<string | undefined, { readonly records: WriteRecord[]; readonly lines: Map<number, number> }>();
  return {
    of: (client: string | undefined): readonly WriteRecord[] => all.get(client)?.records ?? [],
    /** @throws E_HISTORY_INVALID for the second outcome of a value. */
    add: (line: number, record: WriteRecord, client: string | undefined): void => {
      const { records, lines } = all.get(client) ?? { records: [], lines: new Map<number, number>() };
      all.set(client, { records, lines });
      const before = lines.get(record.value);
      if (before !== undefined)
        throw invalid(path, line, `value ${record.value} has an outcome already, in line ${before}`);
      lines.set(record.value, line);
      records.push(record);
    },
  };
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await open(path).catch((error: unknown) => Promise.reject(unreadable(path, error)));
  try {
    for await (const line of file.readLines()) yield line;
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

function parsed(path: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid(path, line, 'is not JSON');
  }
}

function isEnd(line: unknown): boolean {
  return typeof line === 'object' && line !== null && 'type' in line;
}

function shaped<T>(schema: z.ZodType<T>, path: string, line: number, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [first] = mistakesIn(schema, value);
  throw invalid(path, line, `${fieldName(first?.path ?? [])} ${first?.message}`.trim());
}

function invalid(path: string, line: number, problem: string): StackctlError {
  return new StackctlError('E_HISTORY_INVALID', `${path}:${line}: ${problem}`, {
    hint: 'Give a file that `failover-test` names as "every write" (historyFile in its JSON), as it was written.',
    details: { path, line },
  });
}

function unfinished(path: string, writes: number): StackctlError {
  return new StackctlError(
    'E_HISTORY_INVALID',
    `${path} has ${writes} writes and no end: the run was ended before its final read, or an older stackctl wrote it`,
    {
      hint: 'Nothing can be said of lost writes without what was read afterwards: run `stackctl failover-test` again.',
    },
  );
}
