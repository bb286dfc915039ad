export interface ColourFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTty: boolean;
}

/**
 * Whether a stream gets colour. `NO_COLOR` (when not empty, as its convention says) wins over `FORCE_COLOR` (neither
 * empty nor `0`), both win over what the terminal is.
 */
export function wantsColour({ env, isTty }: ColourFacts): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined && force !== '') return force !== '0';
  return isTty && env.TERM !== 'dumb';
}
