import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';
import { secretOption } from '../../stack/values/secret-option.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const name = (what: string) => z.string().regex(NAME, `must be the name of a ${what}: letters, digits and _`);

/** The image's entrypoint writes it into XML and into a command line; not every version of it quotes. */
const PASSWORD = /^[^<>&'"\\\s]*$/;

/** `options:` of a clickhouse service. */
export const clickhouseOptions = z.strictObject({
  database: name('database')
    .refine((text) => !['system', 'information_schema'].includes(text.toLowerCase()), "is the server's own")
    .default('default')
    .describe('Created when it is not there; the tables of the stack live in it'),
  user: name('user').default('default').describe('The user that the server is made with'),
  password: secretOption()
    .refine((secret) => PASSWORD.test(secret.reveal()), `must not have spaces, quotes or any of < > & \\`)
    .default(() => new Secret(''))
    .describe('Password of that user; empty: none'),
  settings: z
    .record(z.string().regex(NAME, 'must be the name of a setting'), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('Settings of the default profile: for every user and session, unless a statement says otherwise'),
  memoryRatio: z
    .number()
    .min(0.05)
    .max(1)
    .default(0.5)
    .describe("Most memory that the server takes for queries, as a share of the machine's"),
});

export type ClickhouseOptions = z.infer<typeof clickhouseOptions>;

/** The settings as text: `true` is 1. */
export function settingTexts({ settings }: ClickhouseOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === 'boolean' ? (value ? '1' : '0') : String(value),
    ]),
  );
}
