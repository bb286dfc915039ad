import { join } from 'node:path';
import { packageRoot } from '../../../lib/package-root.ts';
import type { Command, FailoverCapability } from '../../../stack/contract/failover.ts';

const adapterOf = (name: string) => (): Command => [
  process.execPath,
  join(packageRoot(), 'dist', 'failover-client.js'),
  name,
];

/** Libraries of Node.js that applications use. Others have adapters of their own: examples/clients. */
export const clients: FailoverCapability['clients'] = {
  ioredis: adapterOf('ioredis'),
  'node-redis': adapterOf('node-redis'),
};
