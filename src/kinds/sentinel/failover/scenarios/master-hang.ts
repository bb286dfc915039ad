import type { Scenario } from '../../../../stack/contract/scenario.ts';
import { optionsOf } from '../../group.ts';
import { predict } from '../model.ts';

export const masterHang: Scenario = {
  name: 'master-hang',
  summary: 'the master freezes for downAfterMs and 15 s; it resumes after the failover',
  faults: ['pause'],
  expects: { switches: [1, 1], predict: (input) => predict(input, true) },
  isQuick: true,
  play: async (stage, input) => {
    const struckAt = performance.now();
    await stage.strike(stage.primary, 'pause');
    await stage.untilSwitched();
    const leftMs = optionsOf(input).downAfterMs + FROZEN_MS - (performance.now() - struckAt);
    if (leftMs > 0) await stage.hold(leftMs, 'keep the old master frozen: its kernel still takes what clients send');
  },
};

/** Longer than clients wait by default that notice at all. */
const FROZEN_MS = 15_000;

export const masterHangShort: Scenario = {
  name: 'master-hang-short',
  summary: 'the master freezes for half of downAfterMs: nobody may fail it over',
  faults: ['pause'],
  expects: { switches: [0, 0] },
  play: async (stage, input) => {
    const { downAfterMs } = optionsOf(input);
    const struckAt = performance.now();
    await stage.strike(stage.primary, 'pause');
    await stage.hold(downAfterMs / 2, 'keep the master frozen');
    await stage.heal(stage.primary);
    const frozenMs = Math.round(performance.now() - struckAt);
    stage.doubt(
      'the freeze was short',
      frozenMs >= downAfterMs ? `the master was frozen for ${frozenMs} ms, longer than downAfterMs` : undefined,
    );
    await stage.hold(downAfterMs, 'give the Sentinels time to fail over although they should not');
  },
};
