/** What a run has written itself, for those who read it back: they look there, and nowhere else. */
import type { RedisCommand } from '../../../../clients/redis/event-writer.ts';
import type { EventKeyType } from '../../../../clients/redis/key-type.ts';
import { createColumn, words } from '../../../../lib/columns.ts';
import { createTextTable, type TextTable } from '../../../../lib/text-table.ts';
import type { Service } from '../../../../stack/contract/model.ts';
import type { TrafficRun } from '../../../../stack/contract/traffic.ts';
import { createPerRun } from '../per-run.ts';
import { effectOf, isLossy, scoredIn, withoutId } from './command-effects.ts';
import { createWriteLog, type WriteLog } from './last-writes.ts';

export interface RunWrites {
  /** Undefined until somebody wants to know what overwrote what. */
  readonly log: WriteLog | undefined;
  wantLog(): WriteLog;
  /** For each sink the numbers behind it, which no other one has for its connections. */
  firstConnection(): number;
  /** @param before told of keys of lists that are written to for the first time, before they are. */
  onNewList(before: (keys: readonly string[]) => Promise<void>): void;
  /** Commands of an event that are about to be sent, whatever they are. */
  note(id: string, commands: readonly RedisCommand[]): void;
  /** The same of a command that is known. */
  noteKey(type: EventKeyType, key: string): void;
  noteScore(key: string, score: number): void;
  /** When all that was noted may be sent; undefined: now. */
  isReady(): Promise<void> | undefined;
  /** Keys that events were written to as this type; none of strings and hashes, which are places of the log. */
  keys(type: EventKeyType): readonly string[];
  /** The scores of members that hold an event, from the lowest to the highest; undefined: there are none. */
  scores(key: string): readonly [from: number, to: number] | undefined;
  /** Whether some key, or field, may have lost something by a command of the run. */
  readonly mayLose: boolean;
  /** By which command of the run a key, or this field of it, may have lost what was written to it; undefined: by none. */
  losesBy(key: string, field?: string): string | undefined;
}

const writesOfPart = createPerRun(createRunWrites);

/** The same for everybody who has to do with a run at a service. */
export function writesOf(run: TrafficRun, { name }: Pick<Service, 'name'>): RunWrites {
  return writesOfPart(run, name);
}

/** More connections than one writer opens. */
const MOST_CONNECTIONS = 2 ** 32;

function createRunWrites(): RunWrites {
  const keys = new Map<EventKeyType, TextTable>();
  const ranges = new Map<string, [from: number, to: number]>();
  const losses = createLosses();
  const lists = newLists();
  let log: WriteLog | undefined;
  let sinks = 0;

  const noteScore = (key: string, score: number): void => {
    const range = ranges.get(key);
    if (range === undefined) ranges.set(key, [score, score]);
    else if (score < range[0]) range[0] = score;
    else if (score > range[1]) range[1] = score;
  };
  const noteKey = (type: EventKeyType, key: string): void => {
    // Those are places of the log, which whoever reads them back looks at.
    if (type === 'string' || type === 'hash') return;
    const own = keys.get(type) ?? createTextTable();
    keys.set(type, own);
    const before = own.size;
    if (own.add(key) === before && type === 'list') lists.isNew(key);
  };
  const noteCommand = (command: RedisCommand, id: string): void => {
    const [name, key = ''] = command;
    const effect = effectOf(command);
    if (effect === 'unknown') for (const word of command.slice(1)) losses.set(word, name);
    if (effect === 'unknown' || effect === 'harmless') return;
    if (isLossy(command)) losses.set(key, `${name} with options`);
    if (effect === 'zset')
      for (const [score, member] of scoredIn(command)) if (member.includes(id)) noteScore(key, score);
    for (const field of withoutId(command, id)) losses.set(field === undefined ? key : fieldOf(key, field), name);
    noteKey(effect, key);
  };
  return {
    get log() {
      return log;
    },
    wantLog: () => {
      log ??= createWriteLog();
      return log;
    },
    firstConnection: () => MOST_CONNECTIONS * sinks++,
    onNewList: lists.onNew,
    note: (id, commands) => {
      for (const command of commands) noteCommand(command, id);
    },
    noteKey,
    noteScore,
    isReady: lists.areKnown,
    keys: (type) => {
      const own = keys.get(type);
      return Array.from({ length: own?.size ?? 0 }, (_, number) => own?.textAt(number) ?? '');
    },
    scores: (key) => ranges.get(key),
    get mayLose() {
      return losses.isAny;
    },
    losesBy: (key, field) => losses.get(key) ?? (field === undefined ? undefined : losses.get(fieldOf(key, field))),
  };
}

/** Words and fields, each with the command that may have taken something away from it, of which there are few. */
function createLosses() {
  const names = createTextTable();
  const [texts, commands] = [createTextTable(), createColumn(words)];
  return {
    get isAny() {
      return texts.size > 0;
    },
    get: (text: string): string | undefined => {
      const at = texts.find(text);
      return at === -1 ? undefined : names.textAt(commands.at(at));
    },
    set: (text: string, command: string): void => {
      const [at, name] = [texts.add(text), names.add(command)];
      if (at === commands.length) commands.push(name);
      else commands.set(at, name);
    },
  };
}

function fieldOf(key: string, field: string): string {
  return `${key}\0${field}`;
}

/** Lists whose length somebody has to ask for before the first write. */
function newLists() {
  const listeners: ((keys: readonly string[]) => Promise<void>)[] = [];
  let fresh: string[] = [];
  let asking: Promise<void> | undefined;
  return {
    onNew: (before: (keys: readonly string[]) => Promise<void>): void => void listeners.push(before),
    isNew: (key: string): void => {
      if (listeners.length > 0) fresh.push(key);
    },
    areKnown: (): Promise<void> | undefined => {
      if (fresh.length === 0) return asking;
      const asked = fresh;
      fresh = [];
      // Whoever comes meanwhile waits too: to a list that is being asked about nothing may be written.
      const own: Promise<void> = Promise.all([asking, ...listeners.map((before) => before(asked))]).then(() => {
        if (asking === own) asking = undefined;
      });
      asking = own;
      return own;
    },
  };
}
