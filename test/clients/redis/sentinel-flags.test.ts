import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { masterView, memberViews } from '../../../src/clients/redis/sentinel.ts';

const answering = (reply: unknown): Redis => ({ call: async () => reply }) as unknown as Redis;
const entry = (flags: string): readonly string[] => ['ip', '127.0.0.1', 'port', '26379', 'flags', flags];

test('what is the matter comes after what it is, wherever Sentinel puts it', async () => {
  const { flags } = await masterView(answering(entry('s_down,o_down,master,disconnected')), 'group');
  expect(flags).toEqual(['master', 's_down', 'o_down', 'disconnected']);
});

test('the vote that was last heard from another Sentinel says nothing about that Sentinel', async () => {
  const views = await memberViews(
    answering([entry('sentinel,master_down'), entry('s_down,sentinel')]),
    'SENTINELS',
    'group',
  );
  expect(views.map(({ flags }) => flags)).toEqual([['sentinel'], ['sentinel', 's_down']]);
});
