import * as z from 'zod';
import { programOptions } from '../_shared/program/program-options.ts';
import { readinessOption } from '../_shared/program/readiness-option.ts';

/** `options:` of a service that runs any image. */
export const containerOptions = z.strictObject({
  readiness: readinessOption
    .optional()
    .describe('When it is ready. Default: its first port takes connections; without a port: it has run for a second'),
  ...programOptions,
  healthcheck: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "Command of the container's health check. Default: that of `readiness: {exec}`, else what the image says",
    ),
});

export type ContainerOptions = z.output<typeof containerOptions>;
