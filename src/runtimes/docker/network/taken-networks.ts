import { readTextIfThere } from '../../../lib/files.ts';
import type { RuntimeInput, TakenNetworks } from '../../../stack/contract/runtime.ts';
import { LABELS } from '../../../stack/derived/labels.ts';
import { findEngine } from '../engine/find-engine.ts';
import { whileEngineAnswers } from '../engine/guard.ts';
import { hostSubnets } from './routes.ts';

/** The Engine's networks, and the subnets that the host routes (VPNs, other Engines) where /proc says so. @throws E_ENGINE_MISSING */
export async function takenNetworks(env: RuntimeInput['env']): Promise<TakenNetworks> {
  const engine = await findEngine(env);
  try {
    const networks = await whileEngineAnswers(engine, () => engine.reader.listNetworks());
    const subnets = networks.flatMap(({ IPAM }) => (IPAM.Config ?? []).map(({ Subnet }) => Subnet));
    const routes = hostSubnets((await readTextIfThere('/proc/net/route')) ?? '');
    return {
      names: new Map(networks.map(({ Name, Labels }) => [Name, Labels?.[LABELS.project]])),
      subnets: [...new Set([...subnets.filter(isIPv4), ...routes])],
    };
  } finally {
    engine.close();
  }
}

function isIPv4(subnet: string | undefined): subnet is string {
  return subnet !== undefined && !subnet.includes(':');
}
