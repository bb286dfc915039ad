/** A client library behind the protocol of adapters: `node failover-client.js ioredis`, see README.md. */
import { serve } from './serve.ts';

const LIBRARIES = {
  ioredis: async () => (await import('./ioredis.ts')).connect,
  'node-redis': async () => (await import('./node-redis.ts')).connect,
};

process.on('SIGINT', () => undefined);
// Also while the library still looks for the master.
process.stdin.once('end', () => process.exit(0));

const name = process.argv[2] ?? '';
if (!Object.hasOwn(LIBRARIES, name)) throw new Error(`no client ${name}: ${Object.keys(LIBRARIES).join(', ')}`);
await serve(name, await LIBRARIES[name as keyof typeof LIBRARIES]());
process.exit(0);
