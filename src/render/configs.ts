import type { ConfigRemark, FilledConfig } from '../stack/contract/files.ts';
import type { Stack } from '../stack/contract/model.ts';
import { formatProblem, type Problem, problemsError } from '../stack/source/problem.ts';
import { fillTemplate } from './template.ts';

export interface SecretConfig extends FilledConfig {
  /** The text holds a secret. */
  readonly secret: boolean;
}

/** Instance name -> its config templates, filled. */
export type Configs = ReadonlyMap<string, readonly SecretConfig[]>;

/** @throws E_STACK_INVALID for a template that cannot be filled. */
export function fillConfigs(stack: Stack): Configs {
  const perInstance = stack.services.flatMap((service) =>
    service.instances.map((instance) => {
      const variables = service.kind.variables({ stack, service, instance });
      const filled = service.config.map((template) => ({
        target: template.target,
        ...fillTemplate(template, variables),
      }));
      return [instance.name, filled] as const;
    }),
  );
  return new Map(perInstance);
}

/**
 * What the kinds have to say about the filled templates. What is so for several instances is said once.
 * @returns warnings, each with file:line:column.
 * @throws E_STACK_INVALID with everything that a kind refuses.
 */
export function checkConfigs(stack: Stack, configs: Configs): readonly string[] {
  const found = stack.services.flatMap((service) =>
    service.instances.flatMap(
      (instance) =>
        service.kind.checkConfig?.({ stack, service, instance }, ({ name }) => configs.get(name) ?? []) ?? [],
    ),
  );
  const once = [...new Map(found.map((remark) => [formatProblem(problemOf(remark)), remark])).values()];
  const refused = once.filter((remark) => remark.refused).map(problemOf);
  if (refused.length === 0) return once.map((remark) => formatProblem(problemOf(remark)));
  throw problemsError(
    'E_STACK_INVALID',
    `the configuration of ${stack.name}`,
    refused,
    "Nothing was changed. docs/stack.yaml says which lines are stackctl's.",
  );
}

function problemOf({ at, text }: ConfigRemark): Problem {
  return { ...at, field: '', message: text };
}
