import type { Scenario, Stage } from '../../../../stack/contract/scenario.ts';
import { everybody } from './partitions.ts';

/** A Redis that starts asks the Sentinels for a while who the master is, and they may not be there yet. */
const COLD_START_MS = 30_000;

export const fullRestart: Scenario = {
  name: 'full-restart',
  summary: 'every server and every Sentinel stops, and they start in any order: one master, and no write is gone',
  faults: ['stop'],
  expects: { switches: [0, 1], outageMs: () => COLD_START_MS },
  play: async (stage, input) => {
    const names = everybody(input);
    await stage.strike(names, 'stop');
    stage.recoversFromHere();
    for (const name of shuffled(names, stage)) await stage.heal(name);
  },
};

/** Fisher and Yates. */
function shuffled(names: readonly string[], { random }: Pick<Stage, 'random'>): readonly string[] {
  const left = [...names];
  const order: string[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random() * left.length), 1));
  return order;
}
