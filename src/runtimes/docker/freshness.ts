import { StackctlError } from '../../errors.ts';
import { instancesOf, type Stack } from '../../stack/contract/model.ts';
import { LABELS } from '../../stack/derived/labels.ts';
import type { RenderedService } from '../../stack/derived/rendered-compose.ts';
import type { RenderedHashes } from '../../stack/derived/rendered-hashes.ts';
import { composeServiceOfContainer, type ProjectContainer } from './containers/project-objects.ts';
import type { Engine } from './engine/engine.ts';
import { inspectImage } from './images/images.ts';

/** An instance and its service in the rendered file. */
export interface Place {
  readonly name: string;
  readonly service: string;
  readonly entry: RenderedService;
}

/** @throws E_START_FAILED for an instance that the rendered file does not have. */
export function placesIn(
  rendered: readonly RenderedService[],
  stack: Stack,
  instances: readonly string[],
): readonly Place[] {
  const places = instancesOf(stack)
    .filter(({ name }) => instances.includes(name))
    .map(({ name, service }) => ({
      name,
      service,
      entry:
        rendered.find(({ instance }) => instance === name) ??
        rendered.find((entry) => entry.instance === undefined && entry.service === service),
    }));
  const absent = places.filter(({ entry }) => entry === undefined).map(({ name }) => name);
  if (absent.length > 0) throw notRendered(absent);
  return places.flatMap(({ entry, ...place }) => (entry === undefined ? [] : [{ ...place, entry }]));
}

/** What `start` has to do for each place. `stale` and `missing` are names of Compose services. */
export interface Freshness {
  /** Containers that are as the rendered file wants them. */
  readonly fresh: readonly ProjectContainer[];
  /** Services whose container was made from another file or image: Compose has to replace it. */
  readonly stale: ReadonlySet<string>;
  /** Services without a container. */
  readonly missing: ReadonlySet<string>;
}

/** Compares the container of each place with what was rendered for it. `hashes`: instance -> hash of its files. */
export async function splitByFreshness(
  engine: Engine,
  places: readonly Place[],
  containers: readonly ProjectContainer[],
  hashes: RenderedHashes,
): Promise<Freshness> {
  const judged = await Promise.all(
    places.map(async (place) => {
      const container = containers.find(({ instance }) => instance === place.name);
      const isFresh = container !== undefined && (await isAsRendered(engine, place, container, hashes.get(place.name)));
      return { service: place.entry.name, container, isFresh };
    }),
  );
  const others = judged.filter(({ isFresh }) => !isFresh);
  const stale = new Set(others.filter(({ container }) => container !== undefined).map(({ service }) => service));
  return {
    fresh: judged.flatMap(({ container, isFresh }) => (isFresh && container !== undefined ? [container] : [])),
    stale,
    missing: new Set(others.map(({ service }) => service).filter((service) => !stale.has(service))),
  };
}

async function isAsRendered(
  engine: Engine,
  { entry }: Place,
  container: ProjectContainer,
  hash: string | undefined,
): Promise<boolean> {
  if (composeServiceOfContainer(container) !== entry.name) return false;
  if (container.Labels[LABELS.configHash] !== hash) return false;
  const image = entry.image === undefined ? undefined : await inspectImage(engine, entry.image);
  return image === undefined || image.Id === container.ImageID;
}

function notRendered(instances: readonly string[]): StackctlError {
  return new StackctlError('E_START_FAILED', `the rendered compose.yaml does not have ${instances.join(', ')}`, {
    hint: 'It was rendered for other numbers of instances, or by another version: `stackctl up` renders it again.',
    details: { instances },
  });
}
