import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { ProbeTable } from '../../stack/contract/probe.ts';
import { isChdb } from './chdb.ts';
import { frontProgram } from './front-program.ts';
import type { ClickhouseOptions } from './options.ts';
import type { ClickhouseFacts } from './probe.ts';

/** Opening the engine takes about half a second on a machine with nothing else to do. */
const VERSION_TIMEOUT_MS = 20_000;

/** What answers for ClickHouse, by what the first instance with an answer said; empty when none answers. */
export function summarize(
  { service }: ServiceInput<ClickhouseOptions>,
  probes: ProbeTable,
): Readonly<Record<string, unknown>> {
  const facts = service.instances.map(({ name }) => probes.get(name)?.facts as Partial<ClickhouseFacts> | undefined);
  const [found] = facts.flatMap((one) => (one?.version === undefined ? [] : [one]));
  return found?.version === undefined ? {} : { answeredBy: engineText(found.engine, found.version) };
}

/** @param version of the engine itself, as `SELECT version()` answers it. */
function engineText(engine: ClickhouseFacts['engine'] | undefined, version: string): string {
  return engine === 'chdb'
    ? `chdb (ClickHouse ${version}), in-process engine, not a server`
    : `clickhouse-server ${version}`;
}

/**
 * For `doctor`: which ClickHouse a chdb is, whose package has a version of its own. The engine is opened for it, in an empty folder.
 * @returns undefined for a server program, whose own version says it, and for a chdb that cannot be started.
 */
export async function engineAt(path: string): Promise<string | undefined> {
  if (!isChdb(path)) return undefined;
  const [node, front] = frontProgram();
  try {
    const { stdout } = await promisify(execFile)(node, [front, 'version', path], { timeout: VERSION_TIMEOUT_MS });
    return engineText('chdb', stdout.trim());
  } catch {
    return undefined; // `status` and the instance's log say what is wrong with it
  }
}
