import type Dockerode from 'dockerode';
import { LABELS } from '../../../stack/derived/labels.ts';
import { containerOf, listVolumes } from '../containers/project-objects.ts';
import type { Engine } from '../engine/engine.ts';
import { statusCode } from '../engine/guard.ts';
import { firstFile } from './first-file.ts';

interface StateInput {
  readonly engine: Engine;
  readonly projectId: string;
  readonly instance: string;
  /** Relative to the folder where the instance's first volume is mounted. */
  readonly file: string;
  /** Undefined: all. */
  readonly bytes: number | undefined;
}

/** The text of a file that the instance keeps. Undefined without the file, and without a container or volume to read it from. */
export async function readState(input: StateInput): Promise<string | undefined> {
  const container = await containerOf(input.engine, input.projectId, input.instance);
  if (container === undefined) return readFromVolume(input);
  const folder = container.Labels[LABELS.stateFolder];
  if (folder === undefined) return undefined;
  const docker = await input.engine.docker();
  return readFile(docker.getContainer(container.Id), `${folder}/${input.file}`, input.bytes);
}

/**
 * After a `down` there is data but no container, and the Engine reads a volume only through a container. So one is created
 * from any image, never started, and removed. It has the project's label: if this process is killed, `down` removes it.
 */
async function readFromVolume({ engine, projectId, instance, file, bytes }: StateInput): Promise<string | undefined> {
  const volume = (await listVolumes(engine, projectId)).find(
    ({ Labels }) => Labels?.[LABELS.instance] === instance && LABELS.stateFolder in Labels,
  );
  if (volume === undefined) return undefined;
  const image = (await engine.reader.listImages())[0]?.Id;
  if (image === undefined) return undefined;
  const docker = await engine.docker();
  const reader = await docker.createContainer({
    Image: image,
    Cmd: ['/'],
    // The image may be one that was built for a project: its label of a content is not for this container.
    Labels: { [LABELS.project]: projectId, [LABELS.content]: '' },
    HostConfig: { Mounts: [{ Type: 'volume', Source: volume.Name, Target: '/state', ReadOnly: true }] },
    NetworkDisabled: true,
  });
  try {
    return await readFile(reader, `/state/${file}`, bytes);
  } finally {
    await reader.remove({ force: true, v: true });
  }
}

async function readFile(
  container: Dockerode.Container,
  path: string,
  bytes: number | undefined,
): Promise<string | undefined> {
  try {
    return await firstFile(await container.getArchive({ path }), bytes);
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw error;
  }
}
