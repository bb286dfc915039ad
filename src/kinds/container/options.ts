import * as z from 'zod';
import { readinessOption } from '../_shared/program/readiness-option.ts';

/** `options:` of a service that runs any image. */
export const containerOptions = z.strictObject({
  /** When it is ready; default: its first port takes connections, or without a port: it runs. */
  readiness: readinessOption.optional(),
  /** Seconds between SIGTERM and SIGKILL: more than the program itself takes at most. */
  stopGraceS: z.number().int().min(1).max(600).default(15),
  /** Config files that the program reads again by itself: a change there is no reason to restart it. */
  watches: z.array(z.string()).default([]),
  /** Command of the container's health check. Default: that of `readiness: {exec}`, else what the image says. */
  healthcheck: z.array(z.string()).min(1).optional(),
});

export type ContainerOptions = z.output<typeof containerOptions>;
