/** What a Stack is resolved from, and what comes of it. */
import type { Network, Profile, ProjectIdentity, RecordedPrimary, ResolvedValue, Stack } from '../contract/model.ts';
import type { RuntimeFacts } from '../contract/runtime-facts.ts';
import type { PortTable } from '../ports/ports.ts';
import type { Problem } from '../source/problem.ts';
import { invalidValues } from '../values/values.ts';
import { invalidStack } from './load-spec.ts';
import type { LoadedStack } from './loaded-stack.ts';

/** What was decided for a project; without one, everything has its default. */
export interface Decisions {
  readonly counts?: Readonly<Record<string, number>>;
  readonly ports?: PortTable;
  readonly network?: Network | null;
  readonly primaries?: Readonly<Record<string, RecordedPrimary>>;
}

export interface StackInput {
  readonly loaded: LoadedStack;
  readonly values: readonly ResolvedValue[];
  readonly profile: Profile;
  readonly identity: ProjectIdentity;
}

export interface ResolveInput extends StackInput {
  readonly runtime: RuntimeFacts;
  readonly decisions?: Decisions;
}

/** A stack, or why it cannot be resolved: wrong values, or mistakes in stack.yaml itself. */
export type Resolution = { readonly stack: Stack; readonly blame?: never } | Refused;

export interface Refused {
  readonly blame: 'values' | 'stack';
  /** Name of the stack, or its file as messages name it. */
  readonly subject: string;
  readonly problems: readonly Problem[];
}

/** @throws E_VALUE_INVALID or E_STACK_INVALID for what was refused. */
export function resolved(resolution: Resolution): Stack {
  if (resolution.blame === undefined) return resolution.stack;
  const { blame, subject, problems } = resolution;
  throw blame === 'values' ? invalidValues(subject, problems) : invalidStack(subject, problems);
}
