import { defined } from '../../../lib/defined.ts';
import type { Engine } from '../engine/engine.ts';

/**
 * Makes a network again that nothing is connected to: all of it as before, and with a range of its IPv4 subnet from which
 * the Engine chooses addresses.
 */
export async function makeAgain(
  engine: Engine,
  id: string,
  { subnet, range }: { readonly subnet: string; readonly range: string },
): Promise<void> {
  const docker = await engine.docker();
  const { Name, Driver, EnableIPv6, Internal, Attachable, IPAM, Options, Labels } = await docker
    .getNetwork(id)
    .inspect();
  const config = (IPAM?.Config ?? []).map((one) => (one.Subnet === subnet ? { ...one, IPRange: range } : one));
  await docker.getNetwork(id).remove();
  await docker.createNetwork({
    CheckDuplicate: true,
    ...defined({ Name, Driver, EnableIPv6, Internal, Attachable, Options, Labels }),
    IPAM: { ...IPAM, Config: config },
  } as Parameters<typeof docker.createNetwork>[0]);
}
