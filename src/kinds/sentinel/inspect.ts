import type { InspectorCapability, InspectView } from '../../stack/contract/inspect.ts';
import type { SentinelOptions } from './options.ts';

type View = InspectView<SentinelOptions>;

/** What Sentinels know. What needs a connection is loaded when it is read. */
export const inspector: InspectorCapability<SentinelOptions> = {
  views: [
    view(
      'masters',
      'the master that each Sentinel names, and whether it could be failed over',
      async () => (await import('./inspect/views.ts')).masters,
    ),
    view(
      'replicas',
      'the replicas that each Sentinel knows',
      async () => (await import('./inspect/views.ts')).replicas,
    ),
    view('peers', 'the other Sentinels that each one knows', async () => (await import('./inspect/views.ts')).peers),
  ],
};

function view(name: string, summary: string, load: () => Promise<View['read']>): View {
  return { name, summary, read: async (input, signal) => (await load())(input, signal) };
}
