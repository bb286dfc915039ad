import { defined } from '../../lib/defined.ts';
import type { SessionContext } from './context.ts';

/** `--timeout` of a verb that ends instances, for `EndOptions`. */
export function stopLimit({ global }: Pick<SessionContext, 'global'>): { readonly graceMs?: number } {
  return defined({ graceMs: global.timeoutMs });
}
