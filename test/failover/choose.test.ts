import { describe, expect, it } from 'vitest';
import { type ChoiceInput, chooseScenarios, listScenarios } from '../../src/failover/choose.ts';
import type { FailoverInput, Scenario } from '../../src/stack/contract/scenario.ts';

const scenario = (name: string, part: Partial<Scenario> = {}): Scenario => ({
  ...{ name, summary: `what ${name} does`, faults: ['kill'], expects: { switches: [1, 1] } },
  ...{ play: async () => undefined, ...part },
});

const input: ChoiceInput = {
  capability: {
    scenarios: [
      scenario('a', { isQuick: true }),
      scenario('b', { faults: ['kill', 'cut'] }),
      scenario('c', { refusal: () => 'too few' }),
      scenario('d', { isKnownBad: true }),
      scenario('e', { isQuick: true, faults: [] }),
      scenario('f', { refusal: async () => 'too old' }),
      scenario('g', { faults: ['cut'], stranger: () => 'of another server' }),
    ],
  },
  target: {} as FailoverInput,
  runtime: { name: 'process', faults: new Set(['kill']), lacks: { cut: 'one interface' } },
};

const namesOf = async (wish: Parameters<typeof chooseScenarios>[1]) => {
  const { scenarios, refused } = await chooseScenarios(input, wish);
  return { chosen: scenarios.map(({ name }) => name).join(' '), refused };
};

const REFUSED = [
  { scenario: 'b', reason: 'the process runtime cannot inject cut: one interface' },
  { scenario: 'c', reason: 'too few' },
  { scenario: 'f', reason: 'too old' },
];

describe('which scenarios run', () => {
  it('the first one when none is named, and otherwise those that are, in their order', async () => {
    expect(await namesOf([])).toEqual({ chosen: 'a', refused: [] });
    expect(await namesOf(['e', 'd', 'e'])).toEqual({ chosen: 'e d e', refused: [] });
  });

  it('of a set all that can be tried here; what cannot is refused with the reason', async () => {
    expect(await namesOf('quick')).toEqual({ chosen: 'a e', refused: [] });
    expect(await namesOf('full')).toEqual({ chosen: 'a e', refused: REFUSED });
  });

  it('one that is known to end badly is tried by its name and by the self-test only', async () => {
    expect((await namesOf(['d'])).chosen).toBe('d');
    expect((await namesOf('known-bad')).chosen).toBe('d');
    expect((await namesOf('full')).chosen).not.toContain('d');
  });

  it.each([
    ['b', 'E_FAULT_UNSUPPORTED', /^b cannot be tried here: the process runtime cannot inject cut: one interface$/],
    ['c', 'E_FAULT_UNSUPPORTED', /^c cannot be tried here: too few$/],
    ['f', 'E_FAULT_UNSUPPORTED', /^f cannot be tried here: too old$/],
    ['g', 'E_FAULT_UNSUPPORTED', /^g cannot be tried here: of another server$/],
    ['z', 'E_USAGE', /^unknown scenario "z"$/],
  ])('%s, asked for by its name, ends with exit code 2 and the reason', async (name, code, message) => {
    await expect(chooseScenarios(input, ['a', name])).rejects.toThrow(
      expect.objectContaining({ code, exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

  it('lists all of them', async () => {
    expect((await listScenarios(input)).map(({ name, sets, refusal }) => [name, sets.join(' '), refusal])).toEqual([
      ['a', 'quick full', null],
      ['b', 'full', REFUSED[0]?.reason],
      ['c', 'full', 'too few'],
      ['d', 'known-bad', null],
      ['e', 'quick full', null],
      ['f', 'full', 'too old'],
      ['g', '', 'of another server'],
    ]);
  });
});
