import { describe, expect, it } from 'vitest';
import { type Action, type Situation, transition } from '../../../src/programs/supervisor/transition.ts';

const CALM: Situation = {
  wanted: 'running',
  isNewRequest: false,
  server: 'running',
  outdated: false,
  killAtMs: undefined,
  retryAtMs: undefined,
  nowMs: 1000,
};

const TABLE: readonly [string, Partial<Situation>, Action][] = [
  ['a running server is left alone', {}, 'rest'],
  ['a new wish for what is there already is granted', { isNewRequest: true }, 'rest'],
  ['nothing runs yet', { server: 'none', isNewRequest: true }, 'start'],
  ['a crashed server waits for its turn', { server: 'none', retryAtMs: 1500 }, 'wait'],
  ['a crashed server whose turn has come', { server: 'none', retryAtMs: 1000 }, 'start'],
  ['a person who asks does not wait for the backoff', { server: 'none', retryAtMs: 1500, isNewRequest: true }, 'start'],
  ['children of a crashed server hold its port', { server: 'leftovers', retryAtMs: 1500 }, 'kill'],
  ['another configuration is wanted', { outdated: true, isNewRequest: true }, 'terminate'],
  [
    'another configuration is wanted of a frozen one',
    { server: 'paused', outdated: true, isNewRequest: true },
    'terminate',
  ],
  ['frozen by a stranger: not ours to undo', { server: 'paused' }, 'rest'],
  ['start takes a pause back', { server: 'paused', isNewRequest: true }, 'resume'],

  ['pause', { wanted: 'paused', isNewRequest: true }, 'pause'],
  ['pause took effect', { wanted: 'paused', isNewRequest: true, server: 'paused' }, 'rest'],
  ['resumed by a stranger: a fault is injected once', { wanted: 'paused' }, 'rest'],
  ['a frozen server that died stays dead', { wanted: 'paused', server: 'none' }, 'rest'],
  ['and its children go', { wanted: 'paused', server: 'leftovers' }, 'kill'],

  ['stop', { wanted: 'stopped', isNewRequest: true }, 'terminate'],
  ['stop a frozen one', { wanted: 'stopped', isNewRequest: true, server: 'paused' }, 'terminate'],
  ['stopping', { wanted: 'stopped', isNewRequest: true, killAtMs: 1001 }, 'wait'],
  [
    'stopping, its children too',
    { wanted: 'stopped', isNewRequest: true, killAtMs: 1001, server: 'leftovers' },
    'wait',
  ],
  ['stopping took too long', { wanted: 'stopped', isNewRequest: true, killAtMs: 1000 }, 'kill'],
  ['stopped', { wanted: 'stopped', isNewRequest: true, killAtMs: 1001, server: 'none' }, 'rest'],
  ['a stopped one is not restarted', { wanted: 'stopped', server: 'none', retryAtMs: 0 }, 'rest'],
  ['wanted again while it stops', { isNewRequest: true, killAtMs: 1500 }, 'wait'],
  ['wanted again, and stopped by now', { isNewRequest: true, killAtMs: 1500, server: 'none' }, 'start'],

  ['kill', { wanted: 'killed', isNewRequest: true }, 'kill'],
  ['kill a frozen one', { wanted: 'killed', isNewRequest: true, server: 'paused' }, 'kill'],
  ['kill does not wait for a stop', { wanted: 'killed', isNewRequest: true, killAtMs: 1500 }, 'kill'],
  ['killed', { wanted: 'killed', isNewRequest: true, server: 'none' }, 'rest'],
  ['a killed one is not restarted', { wanted: 'killed', server: 'none', retryAtMs: 0 }, 'rest'],

  ['remove ends it first', { wanted: 'removed', isNewRequest: true }, 'terminate'],
  ['remove', { wanted: 'removed', isNewRequest: true, server: 'none' }, 'remove'],
];

describe('transition', () => {
  it.each(TABLE)('%s', (_title, change, action) => {
    expect(transition({ ...CALM, ...change })).toBe(action);
  });
});
