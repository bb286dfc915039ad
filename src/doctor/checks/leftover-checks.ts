import type { Check, Facts, Leftover, LostPort, ProjectRef } from '../facts.ts';

/** What dead projects and killed runs left behind, or one line that says that there is nothing. */
export function leftoverChecks({ leftovers }: Facts): readonly Check[] {
  if (leftovers.length === 0) {
    return [{ id: 'leftovers', area: 'leftovers', verdict: 'ok', fact: 'nothing is left of dead projects', fix: null }];
  }
  return leftovers.map((leftover) => ({ area: 'leftovers', verdict: 'warn', ...describe(leftover) }));
}

/** The same in every run, so that a fix is linked to the check that it answers. */
export function leftoverId(leftover: Leftover): string {
  switch (leftover.type) {
    case 'lostProject':
      return `lost:${leftover.project.id}`;
    case 'lostRecord':
      return `lostRecord:${leftover.project.id}`;
    case 'staleLock':
      return `lock:${leftover.path}`;
    case 'fault':
      return `fault:${leftover.project.id}:${leftover.instance}:${leftover.fault}`;
    case 'notRunning':
      return `notRunning:${leftover.project.id}`;
    case 'unreadable':
      return `unreadable:${leftover.project.id}`;
    case 'servicePolicy':
      return 'servicePolicy';
  }
}

function describe(leftover: Leftover): Pick<Check, 'id' | 'fact' | 'fix'> {
  return { id: leftoverId(leftover), ...words(leftover) };
}

const FIX = 'stackctl doctor --fix';

function words(leftover: Leftover): Pick<Check, 'fact' | 'fix'> {
  switch (leftover.type) {
    case 'lostProject': {
      const { project, holders } = leftover;
      return {
        fact: `the folder of project ${project.name} is gone (${project.folder})${heldText(holders)}`,
        fix: FIX,
      };
    }
    case 'lostRecord': {
      const { project, file, holders } = leftover;
      const fact = `the record of project ${project.name} is gone (${file})${heldText(holders)}`;
      return { fact, fix: inFolder(project, 'clean') };
    }
    case 'staleLock': {
      const { path, holder } = leftover;
      return {
        fact: `${path} was left by "${holder.command}" (pid ${holder.pid}, since ${holder.since}), which no longer runs`,
        fix: FIX,
      };
    }
    case 'fault': {
      const { project, instance, fault, at } = leftover;
      return {
        fact: `${instance} of project ${project.name}: the fault "${fault}" of ${at} was not taken back`,
        fix: inFolder(project, 'heal'),
      };
    }
    case 'notRunning': {
      const { project, runtime } = leftover;
      return {
        fact: `project ${project.name} is on record as up with the ${runtime} runtime, and none of its instances runs`,
        fix: `${inFolder(project, 'up')} (or down)`,
      };
    }
    case 'unreadable':
      return { fact: `project ${leftover.project.name} cannot be looked at: ${leftover.why}`, fix: null };
    case 'servicePolicy':
      return {
        fact: `an interrupted installation left ${leftover.path} behind: no service starts by itself`,
        fix: `${FIX} (as root)`,
      };
  }
}

function heldText(holders: readonly LostPort[]): string {
  return holders.length === 0 ? '' : `, and ${holders.map(holderText).join(', ')}`;
}

function holderText({ port, pid, command }: LostPort): string {
  const who = command ?? 'a process that this user cannot see';
  return `port ${port} is held by ${who}${pid === undefined ? '' : ` (pid ${pid})`}`;
}

function inFolder({ folder, name }: ProjectRef, verb: string): string {
  return `cd '${folder}' && stackctl ${verb} --project ${name}`;
}
