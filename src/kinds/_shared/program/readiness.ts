/** Whether a program is ready, by the check that its stack has chosen. */
import { openHttp } from '../../../clients/http/exchange.ts';
import { tryConnection } from '../../../clients/tcp/connect.ts';
import { errorText } from '../../../errors.ts';
import { connectionFailure } from '../../../lib/connection-failure.ts';
import { anyOf, deadline, isTimeout } from '../../../lib/poll.ts';
import type { Inside } from '../../../stack/contract/inside.ts';
import type { Address, Instance, InstanceInput } from '../../../stack/contract/model.ts';
import type { Probe } from '../../../stack/contract/probe.ts';
import { answered } from './answered.ts';
import type { Readiness } from './readiness-option.ts';

const ANSWER_MS = 1500;
/** Less than what `health` gives a probe that says nothing else. */
const FIND_OUT_S = 2;
const STAYS_MS = 1000;

type Asked = Pick<InstanceInput, 'instance' | 'stack'>;
type Reasons = readonly string[];

/**
 * The check, and whether a signal has stopped a process of the instance: the kernel goes on taking connections for it, and what it
 * has logged stays, so that only HTTP and a program that asks it would show it. The signal is the whole reason then.
 */
export async function probeReadiness(
  input: Asked,
  readiness: Readiness,
  signal: AbortSignal,
  inside: Inside | undefined,
): Promise<Probe> {
  const startedAt = performance.now();
  const frozenSeen = new AbortController();
  const [reasons, frozen] = await Promise.all([
    reasonsOf(input, readiness, anyOf([signal, frozenSeen.signal]), inside).catch((error: unknown) => {
      if (frozenSeen.signal.aborted) return [];
      throw error;
    }),
    inside?.frozen().then((process) => {
      // A check that takes long has nothing to add.
      if (process !== undefined) frozenSeen.abort();
      return process;
    }),
  ]);
  const latencyMs = Math.round(performance.now() - startedAt);
  const facts = { readiness: Object.keys(readiness).find((key) => key !== 'timeoutS') ?? 'none', latencyMs };
  if (frozen === undefined) return { role: undefined, reasons, facts };
  return { role: undefined, reasons: [`is frozen: a signal has stopped ${frozen}`], facts };
}

async function reasonsOf(
  { instance, stack }: Asked,
  readiness: Readiness,
  signal: AbortSignal,
  inside: Inside | undefined,
): Promise<Reasons> {
  const { http, tcp, exec, log, none, timeoutS = FIND_OUT_S } = readiness;
  if (none === true) return reasonsOfAge(inside);
  if (http !== undefined) {
    return reasonsOfHttp(addressOf(instance, http.port), http, { stack, signal });
  }
  if (tcp !== undefined) return reasonsOfTcp(addressOf(instance, tcp.port), signal);
  if (inside === undefined) return ['can only be asked where it runs'];
  const limit = { signal, limitMs: timeoutS * 1000 };
  if (log !== undefined) return reasonsOfLog(log, inside, limit);
  return reasonsOfProgram(exec as [string, ...string[]], inside, limit);
}

/** A program that ends at once would be taken for ready in its first moment. */
function reasonsOfAge(inside: Inside | undefined): Reasons {
  const ranMs = inside?.ranMs();
  return ranMs === undefined || ranMs >= STAYS_MS ? [] : [`has run for less than ${STAYS_MS} ms`];
}

async function reasonsOfHttp(
  address: Address,
  { path, status: wanted }: NonNullable<Readiness['http']>,
  { stack, signal }: Pick<Asked, 'stack'> & { readonly signal: AbortSignal },
): Promise<Reasons> {
  const client = openHttp(address, ANSWER_MS);
  try {
    const answer = await client.exchange({ method: 'GET', path, headers: {} }, signal);
    return [wanted].flat().includes(answer.status) ? [] : [answered(path, answer, stack)];
  } catch (error) {
    return [`no answer: ${connectionFailure(error, ANSWER_MS) ?? errorText(error)}`];
  } finally {
    client.close();
  }
}

async function reasonsOfTcp(address: Address, signal: AbortSignal): Promise<Reasons> {
  try {
    await tryConnection(address, ANSWER_MS, signal);
    return [];
  } catch (error) {
    return [`no connection: ${connectionFailure(error, ANSWER_MS) ?? errorText(error)}`];
  }
}

interface Limit {
  readonly signal: AbortSignal;
  readonly limitMs: number;
}

async function reasonsOfLog(pattern: string, { logged }: Inside, { signal, limitMs }: Limit): Promise<Reasons> {
  const within = deadline(limitMs, signal);
  const found = await logged(new RegExp(pattern, 'u'), within).catch((error: unknown) => {
    if (!isTimeout(error)) throw error;
    return 'no' as const;
  });
  // After so many lines it has run for long: that the line was there, its start has shown.
  return found === 'no' ? [`has not logged a line that matches ${pattern}`] : [];
}

async function reasonsOfProgram(
  argv: [string, ...string[]],
  { run }: Inside,
  { signal, limitMs }: Limit,
): Promise<Reasons> {
  try {
    const { code, lastLine } = await run(argv, deadline(limitMs, signal));
    if (code === 0) return [];
    return [`${argv.join(' ')} ended with ${code}${lastLine === '' ? '' : `: ${lastLine}`}`];
  } catch (error) {
    return [
      isTimeout(error)
        ? `${argv.join(' ')} did not end within ${limitMs} ms (\`timeoutS\` beside \`exec\` gives it longer)`
        : errorText(error),
    ];
  }
}

/** A port that the service does not have was refused when the stack was loaded. */
function addressOf({ client, ports }: Instance, name: string | undefined): Address {
  const port = name === undefined ? undefined : ports.find((one) => one.name === name);
  return port === undefined ? client : { host: client.host, port: port.host };
}
