import { randomUUID } from 'node:crypto';
import type { ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import { StackctlError } from '../../../errors.ts';
import { isTimeout, poll } from '../../../lib/poll.ts';
import { isKnownToHaveEnded } from '../../../lib/process-identity.ts';
import { create, drop, dropTurns, type Holder, LEASE_MS, readHolder, renew, succeed } from './lock-table.ts';

export interface Lock {
  /** @throws E_LOCKED when another run has taken it over because it looked abandoned. */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** Deadline of giving the lock back; the lease of a server that does not answer ends by itself. */
const RELEASE_MS = 2000;
const POLL_MS = 200;

/**
 * ClickHouse has no locks for clients, and without Keeper no compare-and-set. What a single server does one at a time is
 * CREATE TABLE: the lock is a table that exists, its comment says who has it and until when. It binds only those who ask for
 * it, on this one server. The lock of a run that was killed is taken over at once where that process is known to have ended
 * (on the same machine), and otherwise when its lease is over, for which clocks have to agree to within seconds.
 * @throws E_LOCKED naming the holder at the deadline of `signal`; the signal's reason when it was interrupted.
 */
export async function takeLock(
  target: ClickhouseTarget,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<Lock> {
  const id = randomUUID();
  let announced: string | undefined;
  let holder: Holder | undefined;
  const isAbandoned = leaseWatch();
  try {
    await poll(
      async () => {
        if (await create(target, id)) return true;
        holder = await readHolder(target);
        if (holder === undefined) return undefined;
        if (isAbandoned(holder)) {
          if (!(await succeed(target, id, holder, isAbandoned))) return undefined;
          await dropTurns(target, isAbandoned);
          return true;
        }
        if (holder.id !== announced) {
          announced = holder.id;
          onWait(holder.name);
        }
        return undefined;
      },
      { everyMs: POLL_MS, signal },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!isTimeout(signal.reason)) throw signal.reason;
    throw new StackctlError(
      'E_LOCKED',
      `the migrations of this database are locked by ${holder?.name ?? 'another run'}`,
      {
        hint: `Wait for it and run \`stackctl migrate up\` again; the lock of a run that was killed ends after ${LEASE_MS / 1000} s.`,
        details: { holder: holder?.name ?? '' },
        cause: error,
      },
    );
  }
  return held(target, id);
}

/**
 * Whether a holder is gone, or has not renewed its lease: by the time that it wrote down, or by being seen for as long as a
 * lease without a change, for a clock that was set back meanwhile.
 */
function leaseWatch(): (holder: Holder) => boolean {
  const seenSince = new Map<string, number>();
  return ({ id, until, process }) => {
    if (process !== undefined && isKnownToHaveEnded(process)) return true;
    const lease = `${id} ${until}`;
    const now = performance.now();
    const since = seenSince.get(lease) ?? now;
    seenSince.set(lease, since);
    return Date.parse(until) < Date.now() || now - since > LEASE_MS;
  };
}

function held(target: ClickhouseTarget, id: string): Lock {
  const check = async (): Promise<void> => {
    const holder = await readHolder(target);
    if (holder?.id === id) return;
    throw new StackctlError(
      'E_LOCKED',
      `the lock of the migrations was taken over by ${holder?.name ?? 'another run'}`,
      {
        hint: 'Another stackctl found it abandoned. Run `stackctl migrate status` before the next attempt.',
        details: { holder: holder?.name ?? '' },
      },
    );
  };
  // A renewal that fails shows at the next check.
  const timer = setInterval(
    () =>
      void check()
        .then(() => renew(target, id))
        .catch(() => undefined),
    LEASE_MS / 4,
  );
  timer.unref();
  return {
    check,
    release: async () => {
      clearInterval(timer);
      const soon = { ...target, timeoutMs: RELEASE_MS };
      const holder = await readHolder(soon);
      if (holder?.id === id) await drop(soon);
    },
  };
}
