import { StackctlError } from '../errors.ts';
import type { Emit } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import type { Rendered } from '../render/render.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { ObservedInstance, Runtime } from '../stack/contract/runtime.ts';
import type { ServerVersion, VersionsCapability } from '../stack/contract/versions.ts';
import { type RenderedHashes, readRenderedHashes } from '../stack/derived/rendered-hashes.ts';

/** A server that does not answer says nothing about its version: then its files alone count. */
const ASK_MS = 3000;
/** To run a program for its version alone. */
const VERSION_MS = 20_000;

export interface DowngradeInput {
  readonly stack: Stack;
  readonly runtime: Runtime;
  readonly rendered: Pick<Rendered, 'files' | 'places' | 'hashes'>;
  readonly observed: readonly ObservedInstance[];
  /** What the rendered folder holds still is from before. */
  readonly paths: Pick<ProjectPaths, 'renderedHashes'>;
  /** Instances that are about to be started. */
  readonly starting: readonly string[];
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Something that the wanted server would have to read. */
interface Source {
  readonly instance: string;
  /** E.g. `has appendonlydir/appendonly.aof.1.base.rdb with`, `runs Redis 8.0.2, which writes`. */
  readonly says: string;
  readonly format: number;
}

/**
 * Before servers are started: whether they read what is there. That is what their files say, and what the servers of
 * their service write that run now: at their end, and to their replicas. Where the version of the wanted server is not
 * known (an image that is not here yet), a note says so; before a start it always is.
 * @throws E_DATA_TOO_NEW naming everything that is newer; nothing was changed.
 */
export async function refuseDowngrade(input: DowngradeInput): Promise<void> {
  const written = await readRenderedHashes(input.paths);
  for (const service of input.stack.services) {
    const { versions } = service.kind;
    const changing = service.instances.filter((instance) => mayChange(input, written, service, instance));
    if (versions === undefined || changing.length === 0) continue;
    const sources = await sourcesOf(input, service, changing, versions);
    if (sources.length === 0) continue;
    const text = await input.runtime.versionText(service, deadline(VERSION_MS, input.signal));
    const wanted = text === undefined ? undefined : versions.parseVersion(text);
    if (wanted === undefined) {
      const why = 'it is not here yet, or does not tell its version';
      input.emit({ type: 'note', text: `not checked whether the server of ${service.name} reads its data: ${why}` });
      continue;
    }
    const unread = sources.filter(({ format }) => !wanted.reads(format));
    if (unread.length > 0) throw tooNew(service, wanted, unread, versions.formatName);
  }
}

/** Whether the server may be another one than last time. What is started from the same image is the same. */
function mayChange(
  { stack, observed, rendered, starting }: DowngradeInput,
  written: RenderedHashes | undefined,
  service: Service,
  { name }: Instance,
): boolean {
  if (!starting.includes(name)) return false;
  if (stack.runtime.startsFrom !== 'image') return true;
  const before = observed.find((one) => one.name === name && one.state !== 'missing');
  if (before?.image !== undefined) return before.image !== service.image;
  return written?.get(name) !== rendered.hashes.get(name);
}

async function sourcesOf(
  { stack, runtime, rendered, observed, signal }: DowngradeInput,
  service: Service,
  changing: readonly Instance[],
  versions: VersionsCapability,
): Promise<readonly Source[]> {
  const isRunning = ({ name }: Instance): boolean =>
    observed.some((one) => one.name === name && one.state === 'running');
  const asked = service.instances.filter(isRunning).map(async (instance): Promise<readonly Source[]> => {
    const until = deadline(ASK_MS, signal);
    const version = await versions.askVersion({ stack, service, instance }, until).catch(() => undefined);
    if (version?.writes === undefined) return [];
    return [{ instance: instance.name, says: `runs ${version.title}, which writes`, format: version.writes }];
  });
  const read = changing.map(async ({ name }): Promise<readonly Source[]> => {
    const place = rendered.places.get(name) ?? name;
    const files = await versions.stored({
      config: (file) => rendered.files.find(({ path }) => path === `${place}/${file}`)?.text,
      read: (file, bytes) => runtime.readState(name, file, bytes),
    });
    return files.map(({ file, format }) => ({ instance: name, says: `has ${file} with`, format }));
  });
  return (await Promise.all([...read, ...asked])).flat();
}

/** One sentence for each instance is enough: its file, else what runs. */
function tooNew(service: Service, wanted: ServerVersion, unread: readonly Source[], formatName: string): StackctlError {
  const first = unread.filter((one, at) => unread.findIndex(({ instance }) => instance === one.instance) === at);
  const list = first.map(({ instance, says, format }) => `${instance} ${says} ${formatName} ${format}`).join('; ');
  const reads =
    wanted.readsUpTo === undefined ? 'does not read the data' : `reads ${formatName} ${wanted.readsUpTo} at most`;
  return new StackctlError('E_DATA_TOO_NEW', `${wanted.title} ${reads}, and ${service.name} is ahead of it: ${list}`, {
    hint: 'Nothing was changed. Take the image or program that wrote it, or a newer one, and run the command again. To begin without the data: stackctl down --volumes.',
    details: { service: service.name, wanted: wanted.title, readsUpTo: wanted.readsUpTo ?? null, found: unread },
  });
}
