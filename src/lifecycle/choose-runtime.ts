import { StackctlError } from '../errors.ts';
import type { Availability } from '../stack/contract/runtime.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';

export interface RuntimeChoiceInput {
  /** `--runtime`, STACKCTL_RUNTIME or `runtime:` of the configuration. */
  readonly asked: 'auto' | RuntimeName;
  /** What the project runs on, or ran on before `down`. */
  readonly recorded:
    | { readonly runtime: RuntimeName; readonly state: 'up' | 'down'; readonly hasData: boolean }
    | undefined;
  /** In the order in which `auto` tries them. */
  readonly candidates: readonly RuntimeName[];
  readonly availability: (name: RuntimeName) => Promise<Availability>;
}

export interface RuntimeChoice {
  readonly name: RuntimeName;
  /** For the first line of `up`. */
  readonly reason: string;
}

/**
 * Explicit choice > what the project has on record > the first candidate that can run the stack. An explicit choice
 * never falls back.
 * @throws E_USAGE for another runtime than the one that the project runs on; E_ENGINE_MISSING when `auto` finds none.
 */
export async function chooseRuntime(input: RuntimeChoiceInput): Promise<RuntimeChoice> {
  const { asked, recorded } = input;
  if (asked !== 'auto') {
    if (recorded?.state === 'up' && recorded.runtime !== asked) throw runsElsewhere(asked, recorded.runtime);
    return { name: asked, reason: 'as asked' };
  }
  if (recorded !== undefined) {
    return { name: recorded.runtime, reason: recorded.hasData ? 'the project has its data there' : 'as before' };
  }
  return firstAvailable(input);
}

async function firstAvailable({ candidates, availability }: RuntimeChoiceInput): Promise<RuntimeChoice> {
  const refusals: string[] = [];
  const ofStack: string[] = [];
  for (const name of candidates) {
    const { available, reason, isForStack } = await availability(name);
    if (available) return { name, reason: [...refusals, reason].join('; ') };
    refusals.push(reason);
    if (isForStack) ofStack.push(reason);
  }
  throw new StackctlError(
    'E_ENGINE_MISSING',
    `no runtime can run this stack here:\n${refusals.map((text) => `  ${text}`).join('\n')}`,
    {
      hint:
        ofStack.length === 0
          ? 'stackctl doctor --fix'
          : `Give the service what it lacks in stack.yaml (${ofStack.join('; ')}), or a runtime what it lacks: \`stackctl doctor\` says what.`,
      details: { refusals },
    },
  );
}

function runsElsewhere(asked: RuntimeName, running: RuntimeName): StackctlError {
  return new StackctlError('E_USAGE', `the project runs on the ${running} runtime, and ${asked} was asked for`, {
    hint: 'Run `stackctl down` first, or take another `--project` name.',
  });
}
