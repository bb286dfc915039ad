import { ofProject } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { engineMessage, statusCode } from '../engine/guard.ts';
import type { ListedImage } from '../engine/objects.ts';

export interface ImageRemoval {
  /** Names, without the tag `latest`. A build before the last one has no name any more and is not in it. */
  readonly removed: readonly string[];
  /** One warning for each image that a container still uses. */
  readonly warnings: readonly string[];
}

/**
 * Deletes the images that were built for a project, and leaves an image that has another name (of the user) or that a
 * container uses. The project's own containers are gone by then.
 */
export async function removeImages(engine: Engine, projectId: string): Promise<ImageRemoval> {
  const images = await engine.reader.listImages(ofProject(projectId));
  const references = images.flatMap((image) => ownReferences(image, projectId));
  const outcomes: { readonly reference: string; readonly kept: string | undefined }[] = [];
  // One after the other: of two names of one image, removed at once, the Engine fails on the second.
  for (const reference of references) outcomes.push({ reference, kept: await remove(engine, reference) });
  return {
    removed: outcomes
      .flatMap(({ reference, kept }) => (kept === undefined && !isId(reference) ? [shortName(reference)] : []))
      .sort(),
    warnings: outcomes.flatMap(({ reference, kept }) =>
      kept === undefined
        ? []
        : [`the image ${shortName(reference)} is kept: ${kept}. To remove it: docker image rm ${shortName(reference)}`],
    ),
  };
}

/** The names that `up` gave to the image; its id where it has no name at all. */
function ownReferences({ Id, RepoTags }: ListedImage, projectId: string): readonly string[] {
  const names = (RepoTags ?? []).filter((name) => name !== '<none>:<none>');
  return names.length === 0 ? [Id] : names.filter((name) => name.startsWith(`stackctl/${projectId}-`));
}

/** Why the Engine keeps it; undefined when it is gone. Without `force`, which takes an image from stopped containers. */
async function remove(engine: Engine, reference: string): Promise<string | undefined> {
  try {
    await (await engine.docker()).getImage(reference).remove();
    return undefined;
  } catch (error) {
    // 404: it is not there any more. 409: a container uses it.
    if (statusCode(error) === 404) return undefined;
    if (statusCode(error) === 409) return engineMessage(error);
    throw error;
  }
}

function isId(reference: string): boolean {
  return reference.startsWith('sha256:');
}

function shortName(reference: string): string {
  return reference.replace(/:latest$/, '');
}
