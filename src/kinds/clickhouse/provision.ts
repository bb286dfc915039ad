import { quoteName, runOnClickhouse } from '../../clients/clickhouse/ask.ts';
import { failureText } from '../../clients/clickhouse/failure.ts';
import { StackctlError } from '../../errors.ts';
import { isTimeout, poll } from '../../lib/poll.ts';
import type { ProvisionContext } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { ClickhouseOptions } from './options.ts';
import { firstOf, targetOf } from './target.ts';

const ATTEMPT_MS = 2000;

/** The database, which the image's entrypoint makes only in an empty data folder. */
export async function provision(
  input: ServiceInput<ClickhouseOptions>,
  { signal }: Pick<ProvisionContext, 'signal'>,
): Promise<void> {
  const target = targetOf({ ...input, instance: firstOf(input) }, ATTEMPT_MS);
  const statement = `CREATE DATABASE IF NOT EXISTS ${quoteName(input.service.options.database)}`;
  await untilDone(input, signal, () => runOnClickhouse(target, statement, { signal }));
}

/** Tries until the server answers. @throws E_NOT_READY with its last answer at the signal's deadline. */
export async function untilDone<T>(
  { service }: ServiceInput<ClickhouseOptions>,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  let last = 'nothing yet';
  try {
    const { value } = await poll(
      async () => {
        try {
          return { value: await attempt() };
        } catch (error) {
          last = failureText(error, ATTEMPT_MS);
          return undefined;
        }
      },
      { everyMs: 100, signal },
    );
    return value;
  } catch (error) {
    if (!isTimeout(signal.reason)) throw error;
    throw new StackctlError('E_NOT_READY', `${service.name} did not become ready; its last answer: ${last}`, {
      hint: `stackctl logs ${service.name}`,
      cause: error,
    });
  }
}
