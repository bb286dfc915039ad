import type { Stack } from '../contract/model.ts';
import { factsOf, runtimeNames } from '../contract/plugins.ts';
import { lackingIn } from '../derived/needs.ts';
import { partOf } from '../derived/part-of.ts';
import { fieldName } from '../source/problem.ts';
import { invalidStack } from './load-spec.ts';
import type { LoadedStack } from './loaded-stack.ts';

/**
 * The stack, whose services all have what its runtime starts from; with names: these services and what they need, where the
 * runtime can leave out the others.
 * @throws E_STACK_INVALID naming those that have no image, or no command, with file, line and column.
 */
export function requireRunnable(stack: Stack, { source }: LoadedStack, services: readonly string[] = []): Stack {
  const { startsFrom, rendersCompose } = stack.runtime;
  // A name that is no service is refused where it is used.
  const known = services.filter((name) => stack.services.some((service) => service.name === name));
  // Compose reads its file as a whole, with the services that are not started.
  const wanted = rendersCompose ? stack : partOf(stack, known);
  const lacking = [...new Set([...lackingIn(wanted.services)[startsFrom], ...withoutCommand(wanted)])];
  if (lacking.length === 0) return stack;
  const others = runtimeNames().filter((name) => factsOf(name).startsFrom !== startsFrom);
  const instead = others.length === 0 ? '' : ` (or take --runtime ${others.join(' or ')})`;
  throw invalidStack(
    source.file,
    lacking.map((service) => {
      const path = ['services', service];
      const message = `${startsFrom === 'image' ? lackOfImage(stack, service) : lackOfProgram(stack)}${instead}`;
      return { ...source.at(path, 'key'), field: fieldName(path), message };
    }),
  );
}

/** Programs that their image does not start by itself, whose commands are for other runtimes. */
function withoutCommand({ services }: Stack): readonly string[] {
  const own = services.filter(({ kind }) => kind.runsStackPrograms === true && kind.takesAnyImage !== true);
  return own.filter(({ command }) => command.length === 0).map(({ name }) => name);
}

function lackOfImage({ services, runtime: { name } }: Stack, service: string): string {
  const { image } = services.find((one) => one.name === service) ?? {};
  return image === ''
    ? `has neither \`image\` nor \`build\`, and the runtime ${name} starts containers`
    : `has no \`command\` for the runtime ${name}`;
}

function lackOfProgram({ runtime: { name } }: Stack): string {
  return `has no \`command\` for the runtime ${name}, which starts programs of this machine: give it \`command: { ${name}: […] }\`, or start only others: \`stackctl up NAME\``;
}
