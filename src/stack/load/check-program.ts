/** What a service says about the program that it runs. Pure. */
import { defined } from '../../lib/defined.ts';
import type { Kind } from '../contract/kind.ts';
import { runtimeNames } from '../contract/plugins.ts';
import { suggest } from '../source/suggest.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { OutlineService } from './outline.ts';

/** `build` and `command` start a program of the stack: only kinds that run such programs may have them. */
export function wrongProgram(service: OutlineService, kind: Kind): readonly Mistake[] {
  return [...unknownRuntimes(service), ...wrongKeys(service, kind)];
}

/** Commands are for runtimes that there are: by the names that `--runtime` takes. */
function unknownRuntimes({ commandRuntimes }: OutlineService): readonly Mistake[] {
  const known = runtimeNames();
  return commandRuntimes
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: ['command', name],
      part: 'key',
      message: `there is no runtime of this name (known: ${known.join(', ')})`,
      ...defined({ suggestion: suggest(name, known) }),
    }));
}

function wrongKeys(service: OutlineService, kind: Kind): readonly Mistake[] {
  if (kind.takesAnyImage === true) return wrongContainer(service);
  const { build, image, hasCommand, through, environment, envFiles } = service;
  if (kind.runsStackPrograms === true) {
    return [
      ...(hasCommand ? [] : [missing('command', 'the program and its arguments, e.g. [node, dist/main.mjs]')]),
      ...(build === undefined && image === undefined
        ? [missing('build', 'the folder of its Dockerfile (or `image`)')]
        : []),
    ];
  }
  const given = [
    ...(build === undefined ? [] : ['build']),
    ...(hasCommand ? ['command'] : []),
    ...(through === undefined ? [] : ['through']),
    ...(Object.keys(environment).length === 0 ? [] : ['environment']),
    ...(envFiles.length === 0 ? [] : ['envFile']),
  ];
  return given.map((key) => ({
    path: [key],
    part: 'key',
    message: `a service of kind ${kind.name} runs no program of the stack; only kinds such as app have this key`,
  }));
}

/** What starts it, at least in one way: which one a runtime needs is checked when the runtime is known (`runnable.ts`). */
function wrongContainer({ build, image, hasCommand, through, ports }: OutlineService): readonly Mistake[] {
  const nothing = build === undefined && image === undefined && !hasCommand;
  const isBehind = through !== undefined && Object.keys(ports).length === 0;
  return [
    ...(nothing
      ? [missing('image', 'the name of its image (or `build`, or `command` for a program of this machine)')]
      : []),
    ...(isBehind ? [missing('ports', 'the port at which the service in `through` asks it')] : []),
  ];
}

function missing(key: string, what: string): Mistake {
  return { path: [key], part: 'value', message: `is missing; it must be ${what}` };
}
