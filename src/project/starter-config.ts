import type { StackSpec } from '../stack/load/spec.ts';
import { configSchema } from './config.ts';

/**
 * A stackctl.yaml that changes nothing: every setting and every value of the stack with its default, commented out.
 * @param spec undefined: no stack was chosen yet.
 * @param ref how the user named the stack: a built-in name or a path.
 */
export function starterConfig(spec: StackSpec | undefined, builtIn: readonly string[], ref = spec?.stack): string {
  const stack =
    spec === undefined
      ? [comment('stack'), `# Built in: ${builtIn.join(', ')}.`, `# stack: ${builtIn[0] ?? './my-stack'}`]
      : [`# ${oneLine(spec.description)}`, `stack: ${plain(ref ?? spec.stack)}`];
  return `${[...HEAD, ...stack, '', ...settings(spec?.stack), '', ...values(spec)].join('\n')}\n`;
}

/**
 * A stackctl.local.yaml with secrets.
 * @param from the file that they were given for. @param secrets name of a value -> its text.
 */
export function localConfig(secrets: ReadonlyMap<string, string>, from: string): string {
  return [
    '# Settings of this machine alone: not for git.',
    `# Secrets that ${from} takes from its environment.`,
    'values:',
    ...[...secrets].map(([name, text]) => `  ${name}: ${JSON.stringify(text)}`),
    '',
  ].join('\n');
}

const HEAD = [
  '# Settings of stackctl for this folder and the folders below it.',
  '# A flag wins over STACKCTL_* variables, they win over stackctl.local.yaml (same keys, not for git), and that over this file.',
  '# What is in force and where it comes from: stackctl config --origins',
  '',
];

function settings(stack: string | undefined): readonly string[] {
  return [
    comment('name'),
    `# name: ${stack ?? 'my-project'}`,
    '',
    comment('runtime'),
    '# runtime: auto',
    '',
    comment('profile'),
    '# profile: dev',
  ];
}

function comment(key: keyof typeof configSchema.shape): string {
  return `# ${configSchema.shape[key].description}`;
}

function values(spec: StackSpec | undefined): readonly string[] {
  const entries = Object.entries(spec?.values ?? {});
  if (entries.length === 0) return ['# values: {}'];
  return [
    '# What the stack lets you change, with its defaults. Take away the "# " before "values:" and before the lines to change.',
    '# values:',
    ...entries.flatMap(([name, { type, default: fallback, description, choices, min, max }]) => [
      `#   # ${oneLine(description)} (${[type, ...limits({ choices, min, max })].join(', ')})`,
      ...(type === 'secret' ? ['#   # Better kept in stackctl.local.yaml.'] : []),
      `#   ${name}: ${JSON.stringify(fallback)}`,
    ]),
  ];
}

interface Limits {
  readonly choices: readonly unknown[] | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

function limits({ choices, min, max }: Limits): readonly string[] {
  return [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
}

/** A path can hold what means something else in YAML. */
function plain(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : JSON.stringify(text);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
