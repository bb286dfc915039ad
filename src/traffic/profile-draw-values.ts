/** The part of a profile's schema that says which identifiers, numbers by ranges and words are drawn. */
import * as z from 'zod';
import { name } from './profile-spans.ts';
import { WORD_LISTS, type WordList } from './words/lists.ts';

const end = z.number().min(-1e9).max(1e9);

export const VALUE_RULES = {
  uuid: z.strictObject({ of: name.optional() }),
  histogram: z.strictObject({
    from: end.default(0),
    ranges: z
      .array(z.strictObject({ upTo: end, weight: z.number().min(0) }))
      .min(1)
      .max(1000),
    decimals: z.int().min(0).max(6).default(0),
  }),
  words: z.strictObject({ list: z.enum(WORD_LISTS), count: z.int().min(1).max(20).default(1) }),
} as const;

/** Draws of identifiers, numbers by ranges and words. */
export interface ValueSpecs {
  /** A UUID (version 4) in lower case: another one for each event or, with `of`, for each value of a draw before. */
  readonly uuid?: { readonly of?: string | undefined } | undefined;
  /**
   * Numbers by weighted ranges that follow one another: from the end of the one before, which is not included, up to `upTo`, which is. The
   * first one has `from` too. With so many decimals each.
   */
  readonly histogram?:
    | {
        readonly from: number;
        readonly ranges: readonly { readonly upTo: number; readonly weight: number }[];
        readonly decimals: number;
      }
    | undefined;
  /** So many words of a list, with a space between them. */
  readonly words?: { readonly list: WordList; readonly count: number } | undefined;
}
