import * as z from 'zod';
import { readinessOption } from '../_shared/program/readiness-option.ts';

/** `options:` of a service that runs any image. */
export const containerOptions = z.strictObject({
  readiness: readinessOption
    .optional()
    .describe('When it is ready. Default: its first port takes connections; without a port: it runs'),
  stopGraceS: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(15)
    .describe('Seconds between SIGTERM and SIGKILL: more than the program itself takes at most'),
  watches: z
    .array(z.string())
    .default([])
    .describe('Config files that the program reads again by itself: a change there is no reason to restart it'),
  healthcheck: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "Command of the container's health check. Default: that of `readiness: {exec}`, else what the image says",
    ),
});

export type ContainerOptions = z.output<typeof containerOptions>;
