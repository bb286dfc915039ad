/**
 * Who says that a fault has taken effect: the kernel, where its view of the container is to be had, which takes a Linux
 * whose processes are those of the Engine's machine; otherwise the Engine, by another answer than that to the request.
 */
import { readFileSync } from 'node:fs';
import type Dockerode from 'dockerode';
import { aliveCheck, identify } from '../../lib/process-identity.ts';
import type { FaultKind } from '../../stack/contract/runtime-facts.ts';
import type { ProjectContainer } from './containers/project-objects.ts';
import { isDetached } from './network/network-attachment.ts';

export interface View {
  readonly source: string;
  readonly isInEffect: () => boolean | Promise<boolean>;
  /** The Engine hears of the kernel's changes by events: it may say the old state for a moment. */
  readonly isLate: boolean;
}

interface Viewed {
  readonly container: Dockerode.Container;
  readonly list: () => Promise<ProjectContainer>;
}

/** To be asked for before the fault: what has ended cannot be looked up any more. */
export async function viewOf(fault: ContainerFault, viewed: Viewed): Promise<View> {
  const { Id, State } = await viewed.container.inspect();
  const seen = kernelView(fault, Id, State.Pid);
  if (seen !== undefined) return { source: 'the kernel', isInEffect: seen, isLate: false };
  return { source: 'the Engine', isInEffect: engineView(fault, viewed), isLate: true };
}

/** A pid of another machine, e.g. of the virtual one of Docker Desktop, is another process here. */
export function isOwnProcess(id: string, pid: number): boolean {
  return textOf(`/proc/${pid}/cgroup`)?.includes(id) === true;
}

/** What is no change of the container itself is not to be seen here. */
type ContainerFault = Exclude<FaultKind, 'cut' | 'loss' | 'slow' | 'read-only'>;

function kernelView(fault: ContainerFault, id: string, pid: number): (() => boolean) | undefined {
  if (!isOwnProcess(id, pid)) return undefined;
  switch (fault) {
    case 'kill':
    case 'stop':
      return endOf(pid);
    case 'pause':
      return frozenCheck(textOf(`/proc/${pid}/cgroup`) ?? '');
    case 'partition':
      return () => !/^\s*eth\d/m.test(textOf(`/proc/${pid}/net/dev`) ?? '');
  }
}

function endOf(pid: number): (() => boolean) | undefined {
  const identity = identify(pid);
  if (identity === undefined) return undefined;
  const isAlive = aliveCheck(identity);
  return () => !isAlive();
}

/** By the freezer of the container's control group: https://docs.kernel.org/admin-guide/cgroup-v1/freezer-subsystem.html, and `cgroup.events` of v2. */
function frozenCheck(groups: string): (() => boolean) | undefined {
  const [, older] = /^\d+:freezer:(.+)$/m.exec(groups) ?? [];
  const [, unified] = /^0::(.+)$/m.exec(groups) ?? [];
  const states = [
    { file: `/sys/fs/cgroup/freezer${older}/freezer.state`, frozen: /^FROZEN$/m },
    { file: `/sys/fs/cgroup${unified}/cgroup.events`, frozen: /^frozen 1$/m },
  ];
  const found = states.find(({ file }) => textOf(file) !== undefined);
  return found && (() => found.frozen.test(textOf(found.file) ?? ''));
}

function engineView(fault: ContainerFault, { container, list }: Viewed): () => Promise<boolean> {
  if (fault === 'partition') return async () => isDetached(await list());
  return async () => {
    const { Running, Paused } = (await container.inspect()).State;
    return fault === 'pause' ? Paused : !Running;
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // it has ended, or there is no such view here
  }
}
