import { StackctlError } from '../errors.ts';
import { composeValue, dotenvValue, shellWord } from '../lib/quote.ts';
import { Secret } from '../lib/secret.ts';

/**
 * `shell`: POSIX sh. `dotenv`: `node --env-file`, the npm package dotenv, Compose and sh alike. `compose`: Compose and sh,
 * which have a spelling for more.
 */
export const variableFormats = ['shell', 'dotenv', 'compose', 'json'] as const;
export type VariableFormat = (typeof variableFormats)[number];
/** Client libraries whose options can be printed (`ConnectionInfo.clientOptions`). */
export const clientLibraries = ['ioredis'] as const;
export type ClientLibrary = (typeof clientLibraries)[number];
export const envFormats = [...variableFormats, ...clientLibraries];
export type EnvFormat = (typeof envFormats)[number];

/**
 * Variables in a form that something reads, exactly as they are. Secrets are revealed: this is what `stackctl env` is for.
 * @throws E_USAGE naming the variables that the format has no spelling for, never what they hold.
 */
export function envText(variables: Readonly<Record<string, unknown>>, format: VariableFormat): string {
  if (format === 'json') return JSON.stringify(revealed(variables), null, 2);
  const texts = Object.entries(variables).map(([name, value]) => [name, textOf(value)] as const);
  const lines = texts.map(([name, text]) => ({ name, line: LINES[format](name, text) }));
  const unfit = lines.filter(({ line }) => line === undefined).map(({ name }) => name);
  if (unfit.length > 0) throw noSpelling(unfit, format, Object.fromEntries(texts));
  return lines.map(({ line }) => line).join('\n');
}

const LINES: Readonly<Record<'shell' | 'dotenv' | 'compose', (name: string, text: string) => string | undefined>> = {
  shell: (name, text) => `export ${name}=${shellWord(text)}`,
  dotenv: (name, text) => assignment(name, dotenvValue(text)),
  compose: (name, text) => assignment(name, composeValue(text)),
};

function assignment(name: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${name}=${value}`;
}

function noSpelling(
  names: readonly string[],
  format: VariableFormat,
  texts: Readonly<Record<string, string>>,
): StackctlError {
  const forCompose = format !== 'compose' && names.every((name) => composeValue(texts[name] ?? '') !== undefined);
  const others = forCompose ? '--format compose (for Compose), shell or json' : '--format shell or json';
  const readers = format === 'compose' ? 'Compose and a shell' : 'node --env-file, dotenv, Compose and a shell';
  return new StackctlError(
    'E_USAGE',
    `${names.join(', ')}: what the ${names.length === 1 ? 'value holds' : 'values hold'} cannot be written so that ${readers} all read it as it is`,
    {
      hint: `Use ${others}. Or choose a value without ' together with one of " \\ $ and the backquote, and without \\ at its end.`,
      details: { variables: names, format },
    },
  );
}

function textOf(value: unknown): string {
  return String(value instanceof Secret ? value.reveal() : value);
}

/** Secrets print as `[redacted]` in JSON too, so they are replaced before. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revealed(entry)]));
}
