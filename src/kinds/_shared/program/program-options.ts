import * as z from 'zod';

/** Options that every kind has whose services run programs of the stack. */
export const programOptions = {
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
};
