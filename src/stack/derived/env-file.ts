import { composeFileValue } from '../../lib/quote.ts';
import { Secret } from '../../lib/secret.ts';

/** Lines `NAME=value` of an `env_file`, as Compose reads them. Secrets are revealed. */
export function envFileText(variables: Iterable<readonly [string, string | Secret]>): string {
  return [...variables]
    .map(([name, value]) => `${name}=${composeFileValue(value instanceof Secret ? value.reveal() : value)}\n`)
    .join('');
}
