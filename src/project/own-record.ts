import type { ProjectRecord } from './record.ts';

/**
 * The record of a project that begins as a copy of another one: what was asked for stays (stack, values, counts), what was
 * decided for the other one does not (id, ports, network, data). Its data is not here, so no runtime has any.
 */
export function ownRecord(record: ProjectRecord, id: string): ProjectRecord {
  return {
    ...record,
    id,
    state: 'down',
    runtimesUsed: [],
    ports: {},
    wantedPorts: {},
    network: null,
    primaries: {},
    movedFrom: undefined,
  };
}
