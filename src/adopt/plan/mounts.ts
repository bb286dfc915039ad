/** Where the volumes, files and folders of a service come from. Pure. */
import type { ComposeMount, ComposeService } from '../../stack/contract/compose-service.ts';
import type { ComposeFile } from '../read/compose-file.ts';
import type { Choice } from './choose.ts';
import { fittingName } from './names.ts';
import { forCompose } from './pass-through.ts';

export interface PlannedMounts {
  /** Volumes of the stack: name -> where it is mounted. */
  readonly volumes: Readonly<Record<string, string>>;
  /** For `compose:`. */
  readonly binds: readonly string[];
  readonly tmpfs: readonly string[];
  readonly notes: readonly string[];
}

/** Names of volumes that more than one program of the stack has: an own volume of each would not be the same one. */
export function sharedVolumes({ chosen }: Choice): ReadonlySet<string> {
  const users = new Map<string, Set<string>>();
  for (const { from, server } of chosen) {
    if (server !== undefined) continue;
    for (const { type, source } of from.mounts) {
      if (type !== 'volume' || source === undefined) continue;
      users.set(source, (users.get(source) ?? new Set()).add(from.name));
    }
  }
  return new Set([...users].filter(([, names]) => names.size > 1).map(([name]) => name));
}

export function planMounts(service: ComposeService, file: ComposeFile, shared: ReadonlySet<string>): PlannedMounts {
  const volumes: Record<string, string> = {};
  const binds: string[] = [];
  const tmpfs: string[] = [];
  const notes: string[] = [];
  for (const mount of service.mounts) {
    const { type, source, target } = mount;
    if (type === 'tmpfs') tmpfs.push(target);
    else if (type === 'bind' && source !== undefined) binds.push(lineOf(source, mount));
    else if (type === 'volume' && source === undefined) binds.push(target);
    else if (type === 'volume' && source !== undefined && shared.has(source)) {
      binds.push(lineOf(source, mount));
      notes.push(`what is in ${oldVolume(source, file)} stays there: the stack gets one that others have too`);
    } else if (type === 'volume' && source !== undefined) {
      volumes[freeName(volumeName(source), volumes)] = target.replace(/(?<=.)\/+$/, '');
      notes.push(`what is in ${oldVolume(source, file)} stays there: it gets one of its own`);
    } else notes.push(`the mount at ${target} is left out: it is of type ${type}`);
  }
  for (const { of, name, target } of service.files) {
    const path = file[of].get(name)?.file;
    if (path === undefined) notes.push(notAFile(of.slice(0, -1), name, target));
    else binds.push(lineOf(path, { target, readOnly: true, modes: [] }));
  }
  return { volumes, binds: binds.map((line) => String(forCompose(line))), tmpfs, notes };
}

function notAFile(what: string, name: string, target: string): string {
  return `the ${what} ${name} is left out: it is no file; put its text into one, and mount that under \`compose: {volumes: ["./FILE:${target}:ro"]}\``;
}

function oldVolume(source: string, file: ComposeFile): string {
  return `the volume ${source}${file.volumes.get(source)?.external === true ? ' of elsewhere' : ''}`;
}

function lineOf(
  source: string,
  { target, readOnly, modes }: Pick<ComposeMount, 'target' | 'readOnly' | 'modes'>,
): string {
  const words = [...(readOnly ? ['ro'] : []), ...modes];
  return [source, target, ...(words.length === 0 ? [] : [words.join(',')])].join(':');
}

/** The first character is a letter: it is part of the name of a variable. */
function volumeName(source: string): string {
  const name = fittingName(source);
  return /^[a-z]/.test(name) ? name : `v-${name}`;
}

function freeName(name: string, taken: Readonly<Record<string, unknown>>): string {
  let free = name;
  for (let count = 2; Object.hasOwn(taken, free); count++) free = `${name}-${count}`;
  return free;
}
