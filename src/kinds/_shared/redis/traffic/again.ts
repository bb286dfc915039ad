/** What may be sent again, and what can be taken out again. */
import type { Cleaning, Repeatable, TrafficRun } from '../../../../stack/contract/traffic.ts';
import type { RedisOptions } from '../options.ts';
import { parseKeyTemplate } from './key-template.ts';
import type { SinkSettings, StoreSettings } from './settings.ts';

/** A member, a field and a key are there once, however often they are written; an entry of one stream is known by its id. */
export function repeatable({ stream, list, channel, commands }: SinkSettings, { runId }: TrafficRun): Repeatable {
  const refuse = (why: string): Repeatable => ({ why, next: 'Leave --retry out.' });
  if (stream !== undefined && parseKeyTemplate(stream.key, { runId, stars: false }).fixed === undefined)
    return refuse('entries are known again in one stream only, and its key is made of fields of the body');
  if (list !== undefined) return refuse('a list takes an element again');
  if (channel !== undefined) return refuse('a channel takes a message again');
  if (commands !== undefined)
    return refuse('its commands are those of the profile, and a server that gets them again does them again');
  return true;
}

export function cleaning({ stream, sortedSet, list, channel }: StoreSettings): Cleaning<RedisOptions> {
  if (channel !== undefined) return { type: 'keepsNothing' };
  if (stream !== undefined || sortedSet !== undefined) {
    return {
      type: 'deletes',
      delete: async (input, run) =>
        (await import('../clean-events.ts')).cleanEvents(
          input,
          { stream: stream?.key, sortedSet: sortedSet?.key },
          run,
        ),
    };
  }
  const why =
    list === undefined
      ? 'what a run has overwritten there is not known any more'
      : 'elements of a list have nothing that they are deleted by';
  return { type: 'cannot', why, next: 'Delete its keys yourself: `{run}` in a key tells those of a run.' };
}
