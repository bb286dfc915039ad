import * as z from 'zod';
import type { RuntimeFacts } from '../../stack/contract/runtime-facts.ts';
import { serverOptions } from '../_shared/postgres/options.ts';

/** `options:` of a timescaledb service. */
export const timescaleOptions = z.strictObject({
  ...serverOptions,
  timescale: z
    .enum(['auto', 'required', 'preferred'])
    .default('auto')
    .describe(
      'What a server without the extension is: `required` an error, `preferred` a degraded service (plain tables). `auto`: ' +
        'required of an image, which has it, preferred of a server program of this machine',
    ),
});

export type TimescaleOptions = z.output<typeof timescaleOptions>;

export function isRequired({ timescale }: Pick<TimescaleOptions, 'timescale'>, runtime: RuntimeFacts): boolean {
  return timescale === 'auto' ? runtime.startsFrom === 'image' : timescale === 'required';
}
