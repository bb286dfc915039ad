import * as z from 'zod';
import { serverOptions } from '../_shared/postgres/options.ts';

/** `options:` of a postgres service. */
export const postgresOptions = z.strictObject(serverOptions);

export type PostgresOptions = z.output<typeof postgresOptions>;
