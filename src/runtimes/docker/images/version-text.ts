import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Service } from '../../../stack/contract/model.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { serverOf } from '../../../stack/derived/server-of.ts';
import type { Engine } from '../engine/engine.ts';
import { statusCode } from '../engine/guard.ts';
import { inspectImage } from './images.ts';

/**
 * Runs the server program of the image for its version alone, in a container without network that is removed afterwards;
 * it has the project's label: if this process is killed, `down` removes it.
 */
export async function versionText(
  engine: Engine,
  projectId: string,
  service: Service,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [program] = serverOf(service).binaries;
  if (program === undefined || program.anyVersion === true || (await inspectImage(engine, service.image)) === undefined)
    return undefined;
  const docker = await engine.docker();
  const container = await docker.createContainer({
    Image: service.image,
    Entrypoint: [program.name],
    Cmd: [...program.versionArgs],
    Labels: { [LABELS.project]: projectId, [LABELS.content]: '' },
    NetworkDisabled: true,
    Tty: false,
  });
  try {
    await container.start();
    await container.wait({ abortSignal: signal });
    const log = await container.logs({ stdout: true, stderr: true, follow: false });
    const out = new PassThrough();
    const written = new PassThrough();
    docker.modem.demuxStream(written, out, out);
    written.on('end', () => out.end());
    written.end(log);
    return await text(out);
  } catch (error) {
    signal.throwIfAborted();
    // No such program in the image: the start says so with more to it.
    if (statusCode(error) === 400 || statusCode(error) === 404) return undefined;
    throw error;
  } finally {
    await container.remove({ force: true, v: true });
  }
}
