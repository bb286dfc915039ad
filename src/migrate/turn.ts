import type { Emit } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Service } from '../stack/contract/model.ts';

export interface LockOptions {
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** How long to wait for another run on the same database, in milliseconds. */
  readonly lockWaitMs?: number;
}

const LOCK_WAIT_MS = 60_000;

/** Takes the lock of the migrations of a database, and says whom it waits for. @throws E_LOCKED naming the holder. */
export async function takeTurn(
  service: Pick<Service, 'name'>,
  session: MigrationSession,
  { signal, emit, lockWaitMs = LOCK_WAIT_MS }: LockOptions,
): Promise<void> {
  let announced: string | undefined;
  await session.lock(deadline(lockWaitMs, signal), (holder) => {
    if (holder !== announced)
      emit({ type: 'note', text: `${service.name}: waiting for another migration run: ${holder}` });
    announced = holder;
  });
}
