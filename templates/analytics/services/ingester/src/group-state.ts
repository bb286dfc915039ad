import type { Redis } from 'ioredis';

export interface GroupState {
  /** Entries in the stream. */
  readonly length: number;
  /** Entries that no consumer has seen; null where the server cannot say (before Redis 7, or after a deletion). */
  readonly lag: number | null;
  /** Delivered and not acknowledged. */
  readonly pending: number;
  readonly consumers: number;
  readonly dead: number;
}

/** Where the stream and the group are now. */
export async function stateOf(
  redis: Redis,
  { stream, group, deadName }: { readonly stream: string; readonly group: string; readonly deadName: string },
): Promise<GroupState> {
  const [length, dead, groups] = await Promise.all([
    redis.xlen(stream),
    redis.xlen(deadName),
    redis.xinfo('GROUPS', stream) as Promise<readonly (readonly unknown[])[]>,
  ]);
  const found = groups.find((fields) => fieldOf(fields, 'name') === group) ?? [];
  const lag = fieldOf(found, 'lag');
  return {
    length,
    dead,
    lag: typeof lag === 'number' ? lag : null,
    pending: Number(fieldOf(found, 'pending') ?? 0),
    consumers: Number(fieldOf(found, 'consumers') ?? 0),
  };
}

function fieldOf(fields: readonly unknown[], name: string): unknown {
  const at = fields.indexOf(name);
  return at === -1 ? undefined : fields[at + 1];
}
