import type { Redis } from 'ioredis';

/** Clients look for the new master only when they lose their connection to the old one; so does who only listens. */
export async function disconnectClients(oldMaster: Redis): Promise<void> {
  await oldMaster.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await oldMaster.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}
