import { ownerOf } from '../../lib/port-owner.ts';
import { instancesOf, type Stack } from '../../stack/contract/model.ts';
import { portConflictError } from '../../stack/ports/port-conflict.ts';

/** As the Engine says it: `listen tcp4 127.0.0.1:6379: bind: address already in use`, `Bind for 127.0.0.1:6379 failed: port is already allocated`. */
const TAKEN = /:(\d{1,5})\b(?=.*(?:address already in use|port is already allocated))/;

/** A port of this machine that the Engine could not publish, by what it said last. Pure. */
export function takenPort(line: string): number | undefined {
  const [, port] = TAKEN.exec(line) ?? [];
  return port === undefined ? undefined : Number(port);
}

/** E_PORT_IN_USE, where somebody took a port after it was found to be free; undefined: that was not why. */
export async function portTaken(stack: Stack, line: string): Promise<Error | undefined> {
  const port = takenPort(line);
  const [place] = instancesOf(stack).flatMap(({ name: instance, ports }) =>
    ports.flatMap(({ name, host }) => (host === port ? [{ instance, name, port: host }] : [])),
  );
  if (place === undefined) return undefined;
  const owner = { type: 'stranger', ...(await ownerOf(place.port)) } as const;
  return portConflictError([{ ...place, owner }], 'default');
}
