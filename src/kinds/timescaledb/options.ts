import * as z from 'zod';
import type { RuntimeName } from '../../stack/contract/model.ts';
import { serverOptions } from '../_shared/postgres/options.ts';

/** `options:` of a timescaledb service. */
export const timescaleOptions = z.strictObject({
  ...serverOptions,
  /**
   * What a server without the extension is: `required` an error, `preferred` a degraded service (plain tables). `auto`:
   * required in Docker, where the image has it, preferred as a local process.
   */
  timescale: z.enum(['auto', 'required', 'preferred']).default('auto'),
});

export type TimescaleOptions = z.output<typeof timescaleOptions>;

export function isRequired({ timescale }: Pick<TimescaleOptions, 'timescale'>, runtime: RuntimeName): boolean {
  return timescale === 'auto' ? runtime === 'docker' : timescale === 'required';
}
