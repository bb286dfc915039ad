import { StackctlError } from '../../errors.ts';
import type { ClientUnderTest, FailoverCapability } from '../../stack/contract/failover.ts';
import type { FailoverInput } from '../../stack/contract/scenario.ts';

/** stackctl's own writer: without options it is there anyway, with options it is a second one. */
const OWN = 'raw';
const BY_COMMAND = 'exec:';
/** With these a path would reach the prototype of every object. */
const NO_OPTIONS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The clients that `--client` names: `raw`, a library that comes with stackctl, or `exec:<command>` for an adapter of one's own.
 * Options stand behind a name: `ioredis?failoverDetector=true&maxRetriesPerRequest=1`; a dot leads into an object, and a value is
 * JSON or else a text.
 * @throws E_USAGE
 */
export function clientsNamed(wishes: readonly string[], input: NamingInput): readonly ClientUnderTest[] {
  const twice = wishes.find((wish, index) => wishes.indexOf(wish) !== index);
  if (twice !== undefined) throw wrong(`--client ${twice} is given twice`, 'Give each client once.');
  return wishes.flatMap((name) => (name === OWN ? [] : [clientNamed(name, input)]));
}

/** Everything that `--workload` can name. */
const ALL = 'all';

/** What `--workload` names, as further clients. @throws E_USAGE */
export function clientsFor(workloads: readonly string[], { capability }: NamingInput): readonly string[] {
  const known = Object.keys(capability.workloads);
  const wanted = workloads.includes(ALL) ? known : [...new Set(workloads)];
  return wanted.map((name) => {
    const options = Object.hasOwn(capability.workloads, name) ? capability.workloads[name] : undefined;
    if (options === undefined)
      throw wrong(`--workload ${name}: there is none`, `There are: ${[...known, ALL].join(', ')}`);
    return `${OWN}?${new URLSearchParams(options)}`;
  });
}

export interface NamingInput {
  readonly capability: Pick<FailoverCapability, 'clients' | 'workloads' | 'writerProblem'>;
  readonly target: FailoverInput;
  /** Where a command runs. */
  readonly folder: string;
}

function clientNamed(name: string, { capability, target, folder }: NamingInput): ClientUnderTest {
  const { clients } = capability;
  if (name.startsWith(BY_COMMAND)) {
    const command = name.slice(BY_COMMAND.length).trim();
    if (command === '') throw wrong(`--client ${name} names no command`, 'E.g. --client "exec:python3 adapter.py"');
    return { name, adapter: { command: ['/bin/sh', '-c', command], folder }, options: {} };
  }
  const [library = '', query = ''] = splitAt(name, '?');
  const options = optionsOf(name, query);
  if (library === OWN) {
    const problem = capability.writerProblem(target, options);
    if (problem !== undefined) throw wrong(`--client ${name}: ${problem}`, 'E.g. --client "raw?wait=1"');
    return { name, options };
  }
  const command = Object.hasOwn(clients, library) ? clients[library] : undefined;
  if (command === undefined) {
    const known = [OWN, ...Object.keys(clients), `${BY_COMMAND}<command>`].join(', ');
    throw wrong(`--client ${name}: there is no client ${library}`, `There are: ${known}`);
  }
  return { name, adapter: { command: command(), folder }, options };
}

function optionsOf(name: string, query: string): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const [path, value] of new URLSearchParams(query)) {
    const keys = path.split('.');
    if (keys.some((key) => key === '' || NO_OPTIONS.has(key)))
      throw wrong(`--client ${name}: ${path || 'an option without a name'} is no option`, `E.g. ${EXAMPLE}`);
    setAt(options, keys, optionValue(value), () =>
      wrong(`--client ${name}: ${path} is given twice`, 'Give each option once.'),
    );
  }
  return options;
}

const EXAMPLE = '--client "ioredis?failoverDetector=true&commandTimeout=1000"';

function setAt(
  options: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
  clash: () => StackctlError,
): void {
  const before = options[key];
  if (rest.length === 0) {
    if (before !== undefined) throw clash();
    options[key] = value;
    return;
  }
  if (before === undefined) options[key] = {};
  else if (typeof before !== 'object' || before === null) throw clash();
  setAt(options[key] as Record<string, unknown>, rest, value, clash);
}

/** An option without a value is switched on. */
function optionValue(text: string): unknown {
  if (text === '') return true;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function splitAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function wrong(message: string, hint: string): StackctlError {
  return new StackctlError('E_USAGE', message, { hint });
}
