import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MAX_INSTANCES } from '../../src/stack/derived/addresses.ts';
import { ROOT } from './cli.ts';
import { freePorts } from './free-ports.ts';

/** Enough room behind each first port to scale a service; what replicas may get must be free too. */
const PORTS_EACH = MAX_INSTANCES;

/** For every value of type port of a built-in stack the first of some ports in a row that are free now. */
export async function freePortValues(stack: string): Promise<Readonly<Record<string, number>>> {
  const { values } = parse(await readFile(join(ROOT, 'templates', stack, 'stack.yaml'), 'utf8')) as StackFile;
  const names = Object.entries(values).flatMap(([name, { type }]) => (type === 'port' ? [name] : []));
  const first = await freePorts(names.length * PORTS_EACH);
  return Object.fromEntries(names.map((name, index) => [name, first + index * PORTS_EACH]));
}

interface StackFile {
  readonly values: Readonly<Record<string, { readonly type: string }>>;
}
