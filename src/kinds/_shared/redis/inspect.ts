import type { InspectorCapability, InspectView } from '../../../stack/contract/inspect.ts';
import type { RedisOptions } from './options.ts';

type View = InspectView<RedisOptions>;

/** Views of Redis servers. What needs a connection is loaded when it is read. */
export const inspector: InspectorCapability<RedisOptions> = {
  views: [
    view(
      'overview',
      'version, role, keys and load of each server',
      async () => (await import('./inspect/info.ts')).overview,
    ),
    view('memory', 'used, limit and what was evicted', async () => (await import('./inspect/info.ts')).memory),
    view('persistence', 'append-only file and snapshots', async () => (await import('./inspect/info.ts')).persistence),
    view(
      'replication',
      'who follows whom, and how far behind',
      async () => (await import('./inspect/info.ts')).replication,
    ),
    view('keys', 'counts, sizes and lifetimes by prefix', async () => (await import('./inspect/keys.ts')).keys),
    view(
      'streams',
      'entries, consumer groups, pending and lag',
      async () => (await import('./inspect/streams.ts')).streams,
    ),
    view(
      'slowlog',
      'the slowest commands that are remembered',
      async () => (await import('./inspect/slowlog.ts')).slowlog,
    ),
    view('clients', 'connections by what they do', async () => (await import('./inspect/clients.ts')).clients),
  ],
};

function view(name: string, summary: string, load: () => Promise<View['read']>): View {
  return { name, summary, read: async (input, signal) => (await load())(input, signal) };
}
