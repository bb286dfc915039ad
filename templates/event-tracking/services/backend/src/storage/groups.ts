import type { TrackedEvent } from '../event.ts';

/** Events in one call: a script keeps everybody else waiting. */
const MOST = 1000;

interface Waiting {
  readonly events: readonly TrackedEvent[];
  readonly resolve: (added: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What comes in one turn of the event loop goes to the storage together: under load a call for each request would cost more than all that
 * is done in it. Each request still has its own answer; those that share a call that fails fail together.
 * @param add stores all of these events or none, and returns a `1` for each that is new and a `0` for the others.
 * @returns stores the events of one request, and says how many are new.
 */
export function inGroups(
  add: (events: readonly TrackedEvent[]) => Promise<string>,
): (events: readonly TrackedEvent[]) => Promise<number> {
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const all = waiting;
    waiting = [];
    for (const group of groupsOf(all)) void store(group, add);
  };
  return (events) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ events, resolve, reject });
    });
}

async function store(
  group: readonly Waiting[],
  add: (events: readonly TrackedEvent[]) => Promise<string>,
): Promise<void> {
  try {
    const added = await add(group.flatMap(({ events }) => events));
    let from = 0;
    for (const { events, resolve } of group) {
      const own = added.slice(from, from + events.length);
      resolve(own.split('1').length - 1);
      from += events.length;
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}

/** A request is never taken apart. */
function groupsOf(waiting: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const groups: Waiting[][] = [];
  let size = MOST;
  for (const one of waiting) {
    if (size + one.events.length > MOST) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(one);
    size += one.events.length;
  }
  return groups;
}
