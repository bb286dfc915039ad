/** The schema of a value that a stack declares: `values` in stack.yaml. */
import * as z from 'zod';

export const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be text, a number, true or false',
});

export const patternSpec = z.strictObject({
  matches: z.string().refine(isRegularExpression, { error: 'must be a regular expression' }),
  rule: z.string().min(1),
});

export const valueSpec = z
  .strictObject({
    type: z.enum(['string', 'integer', 'number', 'boolean', 'port', 'image', 'bytes', 'secret']),
    default: scalar,
    description: z.string().min(1),
    min: z.number().optional(),
    max: z.number().optional(),
    choices: z.array(scalar).min(1).optional(),
    pattern: patternSpec.optional(),
    /** Of a secret: in every profile one that nobody gives is generated. */
    generated: z.literal(true, { error: 'must be true, or be left out' }).optional(),
  })
  .refine(({ type, generated }) => generated === undefined || type === 'secret', {
    path: ['generated'],
    error: 'is for values of type secret',
  });

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

export type ValueSpec = z.infer<typeof valueSpec>;
