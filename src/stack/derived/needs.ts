import type { Service, Stack } from '../contract/model.ts';
import type { StackNeeds } from '../contract/needs.ts';
import { serverOf } from './server-of.ts';

/** Services that have nothing to start from: no image, no program of this machine. By what a runtime starts from. */
export function lackingIn(services: readonly Service[]): NonNullable<StackNeeds['lacking']> {
  const programs = services.filter(({ kind }) => kind.runsStackPrograms === true);
  return {
    image: programs.filter(({ kind, image }) => kind.takesAnyImage === true && image === '').map(({ name }) => name),
    binary: programs.filter(({ command }) => command.length === 0).map(({ name }) => name),
  };
}

/** What a stack needs from the machine. */
export function needsOf({ services }: Stack): StackNeeds {
  const binaries = services.flatMap((service) => serverOf(service).binaries);
  return {
    images: imagesOf(services),
    binaries: [...new Map(binaries.map((binary) => [binary.name, binary])).values()],
    lacking: lackingIn(services),
  };
}

/**
 * Images that have to be there, or to be pulled, each once. For a service that is built these are the ones that it is
 * built from: build arguments called `…IMAGE`.
 */
export function imagesOf(services: readonly Service[]): readonly string[] {
  const images = services.flatMap(({ image, build }) => {
    if (build === undefined) return image === '' ? [] : [image];
    return Object.entries(build.args).flatMap(([name, value]) => (name.endsWith('IMAGE') ? [value] : []));
  });
  return [...new Set(images)];
}
