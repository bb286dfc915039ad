import { openBare } from '../../../../clients/redis/bare-connection.ts';
import { connectRedis, disconnect } from '../../../../clients/redis/connect.ts';
import { failureText } from '../../../../clients/redis/failure.ts';
import { StackctlError, systemCode } from '../../../../errors.ts';
import { pollFor } from '../../../../lib/poll.ts';
import type { Instance } from '../../../../stack/contract/model.ts';
import type { FailoverInput, Scenario, Stage, TriggerEffect } from '../../../../stack/contract/scenario.ts';
import { members, memberTarget, optionsOf } from '../../group.ts';
import { withoutReplica } from './planned.ts';

const ANSWER_MS = 500;
const PING_EVERY_MS = 2;
/** Beyond `ANSWER_MS`, for a machine that is busy with other things too. */
const SILENT_WITHIN_MS = 5000;
/** Beyond `downAfterMs`, so that every Sentinel finds the master down and the election is over. */
const LONGER_MS = 8000;
/** From the last Sentinel that finds it down until a replica is promoted, at most. */
const ELECTION_MS = 2500;
/** On a busy machine it takes longer than it was made for. */
const SCRIPT_LIMIT_MS = 600_000;
/** A loop that is long enough to be timed from here, some tens of milliseconds. */
const SAMPLE_LOOPS = 5_000_000;

/** It has written, so that Sentinel cannot end it (`SCRIPT KILL`), and ends by itself. */
const SCRIPT = "redis.call('SET', KEYS[1], '', 'PX', 1) for i = 1, tonumber(ARGV[1]) do end return 1";
const KEY = 'stackctl:failover:busy';

export const busyMaster: Scenario = {
  name: 'busy-master',
  summary: 'a script keeps the master busy for longer than downAfterMs: the Sentinels fail it over',
  faults: [],
  expects: { switches: [1, 1] },
  refusal: withoutReplica,
  play: async (stage, input) => {
    const master = members(input).find(({ name }) => name === stage.primary);
    if (master === undefined) return;
    const { downAfterMs } = optionsOf(input);
    const busyMs = downAfterMs + LONGER_MS;
    const loops = await loopsFor(input, master, busyMs);
    const scripts: Script[] = [];
    try {
      await stage.trigger(`keep ${master.name} busy with a script`, async () => {
        const pings = await startPings(input, master);
        try {
          scripts.push(await startScript(input, master, loops));
          return await pings.untilSilent();
        } finally {
          pings.stop();
        }
      });
      await stage.untilSwitched();
    } finally {
      for (const script of scripts) await script.end(stage);
    }
    const lastedMs = Math.round(scripts[0]?.lastedMs() ?? 0);
    const neededMs = downAfterMs + ELECTION_MS;
    stage.doubt(
      'the master was busy for long enough',
      lastedMs < neededMs ? `the script took ${lastedMs} ms, and it takes ${neededMs} ms to fail over` : undefined,
    );
  },
};

interface Script {
  lastedMs(): number;
  /** Returns when it has ended, which it does by itself. */
  end(stage: Stage): Promise<void>;
}

async function startScript(input: FailoverInput, master: Instance, loops: number): Promise<Script> {
  const client = await connectRedis(memberTarget(input, master, ANSWER_MS), { commandTimeout: SCRIPT_LIMIT_MS });
  // A server that is demoted in it disconnects its clients: what the script returns says nothing.
  const begunAt = performance.now();
  let endedAt = Number.NaN;
  const onEnd = (): void => {
    endedAt = performance.now();
  };
  const running = client.eval(SCRIPT, 1, KEY, loops).then(onEnd, onEnd);
  return {
    lastedMs: () => endedAt - begunAt,
    end: async ({ signal }) => {
      const interrupted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([running, interrupted]);
      disconnect(client);
    },
  };
}

/** The speed of the machine now decides how many they are. @throws E_FAULT_FAILED where scripts are not allowed. */
async function loopsFor(input: FailoverInput, master: Instance, busyMs: number): Promise<number> {
  const client = await connectRedis(memberTarget(input, master, LONGER_MS));
  try {
    const begin = performance.now();
    await client.eval(SCRIPT, 1, KEY, SAMPLE_LOOPS);
    return Math.round((SAMPLE_LOOPS * busyMs) / (performance.now() - begin));
  } catch (cause) {
    throw new StackctlError('E_FAULT_FAILED', `${master.name} runs no script: ${failureText(cause, LONGER_MS)}`, {
      hint: 'The user `default` must be allowed to use EVAL. Nothing was changed.',
      cause,
    });
  } finally {
    disconnect(client);
  }
}

/**
 * Pings it on a connection of its own. A server does one thing after the other: it has been busy since a moment between the last
 * ping that it answered and the first that it did not.
 */
async function startPings(input: FailoverInput, master: Instance): Promise<Pings> {
  const client = openBare(memberTarget(input, master, ANSWER_MS));
  let notYetAt = performance.now();
  let seenAt: number | undefined;
  const ping = async (): Promise<void> => {
    const sentAt = performance.now();
    try {
      await client.call('PING');
      notYetAt = sentAt;
    } catch (error) {
      if (systemCode(error) === 'ETIMEDOUT') seenAt ??= sentAt;
    }
  };
  await ping();
  const timer = setInterval(ping, PING_EVERY_MS);
  return {
    untilSilent: async () => {
      const silentAt = await pollFor(SILENT_WITHIN_MS, async () => seenAt, { everyMs: PING_EVERY_MS });
      return silentAt === undefined ? undefined : { notYetAt, seenAt: silentAt, source: 'another connection' };
    },
    stop: () => {
      clearInterval(timer);
      client.close();
    },
  };
}

interface Pings {
  /** Undefined when it goes on answering, or is gone. */
  untilSilent(): Promise<TriggerEffect | undefined>;
  stop(): void;
}
