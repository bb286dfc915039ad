/** What a kind renders for its instances: the variables of its templates, and its files. */
import type { Secret } from '../../lib/secret.ts';
import type { Position } from '../source/problem.ts';

/** What `{{name}}` and `{{#each name}}` find in a template. A list item is a scalar (`{{this}}`) or has fields. */
export type TemplateScalar = string | number | boolean | Secret;

export type TemplateItem = TemplateScalar | Readonly<Record<string, TemplateScalar>>;

export type TemplateVariables = Readonly<Record<string, TemplateScalar | readonly TemplateItem[]>>;

export interface RenderedFile {
  /** Relative to the rendered folder, `/` as separator, e.g. `redis-1/redis.conf`. */
  readonly path: string;
  /** May be made only when it is asked for. */
  readonly text: string;
  /** Equal for equal texts, and known without making the text. */
  readonly key?: string;
  /** 0o600 for a file that holds a secret, 0o644 otherwise, 0o755 for a script. */
  readonly mode: 0o600 | 0o644 | 0o755;
  /** True for what changes by itself between runs (a recorded primary): not part of the configuration hash. */
  readonly volatile?: boolean;
}

/** A config template filled for one instance. */
export interface FilledConfig {
  /** Name of the rendered file, e.g. `redis.conf`. */
  readonly target: string;
  readonly text: string;
  /** Where in the user's template a place of `text` comes from. Lines and columns from 1. */
  readonly origin: (line: number, column: number) => Position;
}

export interface ConfigRemark {
  readonly at: Position;
  /** True: nothing may be started with this. False: a warning, and the start goes on. */
  readonly refused: boolean;
  /** The reason, and what to change. Never a secret. */
  readonly text: string;
}
