/** Shapes of an instance's files. Checked by hand: `status` has no time to load a schema library for two small files. */

import type { InstanceRecord, InstanceRunState, RunningServer, Wanted } from './instance-record.ts';

type Json = Readonly<Record<string, unknown>>;

const WANTED: Readonly<Record<Wanted, true>> = {
  running: true,
  paused: true,
  stopped: true,
  killed: true,
  removed: true,
};
const REMAINS: Readonly<Record<InstanceRunState['remains'], true>> = { server: true, leftovers: true, nothing: true };

/** Whether a supervisor can act on this. */
export function isInstanceRecord(json: unknown): json is InstanceRecord {
  if (!isObject(json)) return false;
  const { revision, wanted, fault, launch } = json;
  return isText(revision) && isKeyOf(WANTED, wanted) && isOptional(fault, isText) && isLaunch(launch);
}

/** Whether this says what was started and what became of it. Every field may be missing: `undefined` is not written. */
export function isRunState(json: unknown): json is Partial<InstanceRunState> {
  if (!isObject(json)) return false;
  const { applied, server, remains, restarts, crashes, retryAtMs, exits, error } = json;
  return (
    isKeyOf(REMAINS, remains) &&
    [applied, error].every((value) => isOptional(value, isText)) &&
    [restarts, crashes, retryAtMs].every((value) => isOptional(value, isNumber)) &&
    isOptional(server, isServer) &&
    isOptional(exits, isExits)
  );
}

function isLaunch(json: unknown): boolean {
  if (!isObject(json)) return false;
  const { configHash, argv, environment, stopGraceS, root, folder, stopSignal } = json;
  const hasProgram = Array.isArray(argv) && argv.length > 0 && argv.every(isText);
  const hasEnvironment = isObject(environment) && Object.values(environment).every(isText);
  return (
    isText(configHash) &&
    hasProgram &&
    hasEnvironment &&
    isNumber(stopGraceS) &&
    [root, folder, stopSignal].every((value) => isOptional(value, isText))
  );
}

function isServer(json: unknown): json is RunningServer {
  if (!isObject(json)) return false;
  const { pid, started, configHash, startedAt, logBytes } = json;
  return isNumber(pid) && isText(started) && isText(configHash) && isText(startedAt) && isOptional(logBytes, isNumber);
}

function isExits(json: unknown): boolean {
  return Array.isArray(json) && json.every((exit) => isObject(exit) && isText(exit.at));
}

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isKeyOf(table: Readonly<Record<string, true>>, value: unknown): boolean {
  return isText(value) && Object.hasOwn(table, value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
