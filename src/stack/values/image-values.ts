/** `image.redis`: the image of a service, also where the stack declares no value for it. Pure. */
import type { ResolvedValue, Stack } from '../contract/model.ts';
import { imagesOf } from '../derived/needs.ts';
import type { ValueSpec } from './value-spec.ts';

/**
 * Values that every stack has without declaring them: for each service one that names its image and wins over `image:`.
 * A service that is built from source has none: its image is made from its folder.
 */
export function imageValues({
  services,
}: {
  readonly services: Readonly<Record<string, { readonly build?: unknown }>>;
}): Readonly<Record<string, ValueSpec>> {
  return Object.fromEntries(
    Object.entries(services)
      .filter(([, { build }]) => build === undefined)
      .map(([service]) => [
        nameFor(service),
        { type: 'image', default: '', description: `Image of ${service}` } satisfies ValueSpec,
      ]),
  );
}

/** The image that was given for a service by itself. */
export function givenImage(service: string, values: readonly ResolvedValue[]): string | undefined {
  const given = values.find(({ name }) => name === nameFor(service));
  return given === undefined ? undefined : String(given.value);
}

/** Names of the values that replace these images. An image that only a Dockerfile names has no such value. */
export function valuesFor(images: readonly string[], stack: Stack): readonly string[] {
  const names = stack.services.flatMap((service) => {
    const missing = imagesOf([service]).filter((image) => images.includes(image));
    const declared = stack.values.filter(
      ({ name, value }) => service.imageValues?.includes(name) === true && missing.includes(String(value)),
    );
    if (declared.length > 0) return declared.map(({ name }) => name);
    return missing.length > 0 && service.build === undefined ? [nameFor(service.name)] : [];
  });
  return [...new Set(names)];
}

function nameFor(service: string): string {
  return `image.${service}`;
}
