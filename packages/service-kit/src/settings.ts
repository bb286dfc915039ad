/** Settings of a program from its environment: typed, with defaults, every mistake named at once. */
import * as z from 'zod';
import { plainWords } from './body.ts';
import { Secret } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable that is wrong. Never holds the value: that may be a password. */
export interface SettingProblem {
  readonly variable: string;
  /** What it must be, e.g. `must be a whole number from 1 to 65535`. */
  readonly problem: string;
}

export type SettingsResult<Settings> =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly SettingProblem[] };

/** Building blocks of a schema: each reads the text of one variable. Use `.default(…)` or `.optional()` after them. */
export const setting = {
  text: () => z.string(),
  /** A whole number, bounds included. */
  integer: ({ min, max }: { readonly min: number; readonly max: number }) => {
    const error = `must be a whole number from ${min} to ${max}`;
    return z
      .string()
      .regex(/^-?\d{1,15}$/, { error, abort: true })
      .transform(Number)
      .pipe(z.number().min(min, { error }).max(max, { error }));
  },
  port: () => setting.integer({ min: 1, max: 65_535 }),
  flag: () =>
    z
      .enum(['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'], { error: 'must be true or false' })
      .transform((text) => ['true', '1', 'yes', 'on'].includes(text)),
  choice: <const Choice extends string>(choices: readonly [Choice, ...Choice[]]) =>
    z.enum(choices, { error: `must be ${choices.join(' or ')}` }),
  /** An absolute URL with one of the protocols, e.g. `['redis:', 'rediss:']`. */
  url: (protocols: readonly string[]) =>
    z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    }),
  secret: () => z.string().transform((text) => new Secret(text)),
};

/** What every program understands. HOST and PORT say where it listens. */
export const COMMON_SETTINGS = {
  HOST: setting.text().default('127.0.0.1'),
  LOG_LEVEL: setting.choice(['debug', 'info', 'warn', 'error']).default('info'),
  /** Milliseconds that a program may take to end after SIGTERM. */
  SHUTDOWN_TIMEOUT_MS: setting.integer({ min: 1, max: 600_000 }).default(10_000),
};

export interface CommonSettings {
  readonly HOST: string;
  readonly PORT: number;
  readonly LOG_LEVEL: 'debug' | 'info' | 'warn' | 'error';
  readonly SHUTDOWN_TIMEOUT_MS: number;
}

/** Schema of a program's variables together with the common ones; `defaultPort` is for a start by hand. */
export function settingsSchema<Shape extends z.core.$ZodLooseShape>(defaultPort: number, shape: Shape) {
  return z.object({ ...COMMON_SETTINGS, PORT: setting.port().default(defaultPort), ...shape });
}

/** Reads the variables that the schema names; an empty one counts as not set. */
export function readSettings<Settings>(
  schema: z.ZodType<Settings>,
  environment: Environment,
): SettingsResult<Settings> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, text]) => text !== undefined && text !== ''));
  const result = schema.safeParse(given, { error: plainWords });
  if (result.success) return { settings: result.data, problems: [] };
  const problems = result.error.issues.map(({ path, message }): SettingProblem => {
    const variable = String(path[0] ?? '');
    return { variable, problem: variable in given || path.length === 0 ? message : 'must be set' };
  });
  return { settings: undefined, problems };
}
