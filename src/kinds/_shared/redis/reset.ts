import { parseInfo } from '../../../clients/redis/info.ts';
import { StackctlError } from '../../../errors.ts';
import { counted } from '../../../lib/counted.ts';
import type { ResetCapability } from '../../../stack/contract/kind.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { formatAddress, type Instance, serviceOf } from '../../../stack/contract/model.ts';
import type { RedisOptions } from './options.ts';

type Input = ServiceInput<RedisOptions>;

/** FLUSHALL of a large server takes its time. */
const TIMEOUT_MS = 60_000;

/** Empties the master, and through it its replicas. What needs a connection is loaded when it is called. */
export const reset: ResetCapability<RedisOptions> = {
  describe: async (input, signal) => {
    const { withRedis } = await import('../../../clients/redis/connect.ts');
    const { targetOf } = await import('./master.ts');
    const master = await onlyMaster(input);
    signal.throwIfAborted();
    return withRedis(targetOf(input, master, TIMEOUT_MS), async (client) => {
      const info = parseInfo(await client.info('keyspace'));
      const databases = [...info].filter(([name]) => /^db\d+$/.test(name));
      const replicas = input.service.instances.length > 1 ? ' and its replicas' : '';
      const where = `${master.name} (${formatAddress(master.client)})${replicas}`;
      if (databases.length === 0) return [`${where}: 0 keys`];
      return databases.map(
        ([name, text]) => `${where}: ${counted(Number(/keys=(\d+)/.exec(text)?.[1] ?? 0), 'key')} of ${name}`,
      );
    });
  },
  reset: async (input, signal) => {
    const { withRedis } = await import('../../../clients/redis/connect.ts');
    const { targetOf } = await import('./master.ts');
    const master = await onlyMaster(input);
    signal.throwIfAborted();
    await withRedis(targetOf(input, master, TIMEOUT_MS), async (client) => {
      await client.flushall('SYNC').catch((error: unknown) => {
        throw refused(error, master);
      });
      await client.wait(serviceOf(input.stack, input.service.name).instances.length - 1, 2000);
    });
  },
};

/** The command may have another name on the server (rename-command), or be forbidden to this user (ACL). */
function refused(error: unknown, { name, service }: Instance): unknown {
  if (!(error instanceof Error && error.name === 'ReplyError')) return error;
  return new StackctlError('E_RESET_FAILED', `${name} refuses FLUSHALL: ${error.message}`, {
    hint: `Nothing was deleted. Let the server take FLUSHALL (rename-command and users in its redis.conf), or start it without its data: stackctl down --volumes, stackctl up.`,
    details: { service, instance: name },
    cause: error,
  });
}

/** Only the master can be emptied: a replica refuses writes, and its master would fill it again. */
async function onlyMaster(input: Input): Promise<Instance> {
  const { masterInstance } = await import('./master.ts');
  const service = serviceOf(input.stack, input.service.name) as Input['service'];
  const master = await masterInstance({ ...input, service });
  const asked = input.service.instances;
  if (asked.some(({ name }) => name === master.name)) return master;
  const names = asked.map(({ name }) => name).join(', ');
  throw new StackctlError('E_USAGE', `${names} is a replica of ${master.name}: it holds what its master holds`, {
    hint: `stackctl reset ${service.name}`,
    details: { replicas: asked.map(({ name }) => name), master: master.name },
  });
}
