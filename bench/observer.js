import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { healthy, openWriter, values } from './failover.js';

const RUN_MS = 3000;
const ROUNDS = 7;
/** As many connections' worth of writes as `redis-benchmark` has by default. */
const IN_FLIGHT = 50;
/** What they take is compared. */
const WRITES = 10_000;
/** Time with the history, of that without it: at least 0.9 times as many writes a second. */
const GOAL = 1 / 0.9;

/**
 * What it costs to keep a history: the writer of a failover test at saturation (a closed loop, each answer followed by the next
 * write), with every record sent to another process, which writes it to a file, and without any.
 */
export function observer(inProject, report) {
  return inProject('process', async ({ up, options }) => {
    await up();
    const instances = await healthy(options);
    const run = async (isRecorded) => {
      const key = `bench:observer:${process.pid}:${performance.now()}`;
      const file = createWriteStream(join(options.cwd, 'observed.ndjson'));
      const writer = await openWriter(
        instances,
        key,
        { closedLoop: { inFlight: IN_FLIGHT, isRecorded } },
        (records) => {
          file.write(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
        },
      );
      await delay(RUN_MS);
      const { stats, length } = await writer.stop();
      file.end();
      await once(file, 'close');
      const there = await values(instances, key);
      if (there.size !== stats.sent || length !== (isRecorded ? stats.sent : 0))
        throw new Error(`${stats.sent} were sent, ${there.size} are stored, ${length} are on record`);
      writesPerS[isRecorded ? 'with' : 'without'].push(stats.sentRatePerS);
      return (1000 * WRITES) / stats.sentRatePerS;
    };
    const writesPerS = { with: [], without: [] };
    const name = `${WRITES} writes with the history of a failover test : without one`;
    const passed = await report({ name, goal: GOAL, rounds: ROUNDS, ours: () => run(true), theirs: () => run(false) });
    for (const [how, rates] of Object.entries(writesPerS))
      console.log(`      ${how} it: ${Math.round(rates.toSorted((a, b) => a - b)[rates.length >> 1])} writes a second`);
    return passed;
  });
}
