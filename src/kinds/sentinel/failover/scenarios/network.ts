import { CLIENTS } from '../../../../stack/contract/runtime-facts.ts';
import type { FailoverInput, Scenario } from '../../../../stack/contract/scenario.ts';
import { members, optionsOf } from '../../group.ts';
import { predict } from '../model.ts';
import { withoutReplica } from './planned.ts';

const LONGER_MS = 10_000;
const BLACKHOLE_MS = 5000;
/** One packet of five: TCP goes on, and many a write takes longer than its client waits. */
const SHARE = 0.2;
/** A Sentinel demotes a master that was deposed 11 s after it is well again. */
const DEMOTED_MS = 12_000;

export const packetLoss: Scenario = {
  name: 'packet-loss',
  summary: 'one of five packets to the master is lost: one failover at most',
  faults: ['loss'],
  expects: { switches: [0, 1] },
  play: async (stage, input) => {
    const lastsMs = optionsOf(input).downAfterMs + LONGER_MS;
    await stage.strike(stage.primary, 'loss', { share: SHARE });
    // Only a master that was deposed loses something, and goes on until it is demoted.
    stage.mayLoseFor(lastsMs + DEMOTED_MS);
    await stage.hold(lastsMs, 'lose one packet of five');
    await stage.heal(stage.primary);
  },
};

/** Of each direction: an answer takes 100 to 300 ms. */
const SLOW = { delayMs: 100, jitterMs: 50 };
const LEAST_MS = 1500;

export const slowNetwork: Scenario = {
  name: 'slow-network',
  summary:
    'servers and Sentinels hear each other 50 to 150 ms late: nobody may fail the master over, until it is killed',
  faults: ['slow', 'kill'],
  expects: { switches: [1, 1], predict: (input) => predict(input, false) },
  refusal: (input) => withoutReplica(input) ?? tooNarrow(input),
  play: async (stage, input) => {
    const everybody = [...input.service.instances, ...members(input)];
    const from = everybody.map(({ name }) => name);
    const ports = [...new Set(everybody.map(({ peer }) => peer.port))];
    const before = stage.events.length;
    for (const name of from) await stage.inject(name, 'slow', { from, ports, ...SLOW });
    await stage.hold(optionsOf(input).downAfterMs + LONGER_MS, 'let everybody hear each other late');
    const changed = stage.events.slice(before).find(({ phase }) => phase === 'switched');
    stage.require('no change of the master by a slow network', changed && `${changed.source}: ${changed.text}`);
    await stage.strike(stage.primary, 'kill');
    // Replication is asynchronous: what the replicas were to hear in that time died with the master.
    stage.mayLoseFor(0, SLOW.delayMs + SLOW.jitterMs);
    await stage.untilSwitched();
  },
};

/** Who is alone is connected to by nobody, and shorter than this an answer that is late by design would be silence. */
function tooNarrow(input: FailoverInput): string | undefined {
  if (input.service.instances.length < 2) return 'nobody connects to the only Sentinel';
  const { downAfterMs } = optionsOf(input);
  if (downAfterMs >= LEAST_MS) return undefined;
  return `answers take up to ${2 * (SLOW.delayMs + SLOW.jitterMs)} ms and connections are made anew: it takes a downAfterMs of ${LEAST_MS} or more, and it is ${downAfterMs}`;
}

export const clientBlackhole: Scenario = {
  name: 'client-blackhole',
  summary: 'clients do not reach the master any more, and all others do: nobody may fail it over',
  faults: ['cut'],
  expects: { switches: [0, 0] },
  play: async (stage) => {
    await stage.strike(stage.primary, 'cut', { from: [CLIENTS], to: [CLIENTS] });
    await stage.hold(BLACKHOLE_MS, 'keep clients away');
    await stage.heal(stage.primary);
    stage.recoversFromHere();
  },
};
