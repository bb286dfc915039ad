import * as z from 'zod';
import { httpPath } from '../_shared/http/http-path.ts';
import { recordingOption } from '../_shared/http/recording-option.ts';
import { programOptions } from '../_shared/program/program-options.ts';
import { readinessOption } from '../_shared/program/readiness-option.ts';

/** `options:` of a service that runs an HTTP program of the stack. */
export const appOptions = z.strictObject({
  readyPath: httpPath
    .default('/ready')
    .describe(
      'Answers 200 when the program and what it depends on work, else 503 with `{checks: [{name, status, output}]}`',
    ),
  readiness: readinessOption.optional().describe('Another way to find out when it is ready than `readyPath`'),
  healthPath: httpPath
    .default('/health')
    .describe("Answers 200 as long as the program runs; the container's health check asks it"),
  ...programOptions,
  recording: recordingOption.optional(),
  healthcheck: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "Command of the container's health check. Default: Node.js asks `healthPath` where `command` runs `node`, else none: " +
        'what else an image holds is not known',
    ),
});

export type AppOptions = z.output<typeof appOptions>;
