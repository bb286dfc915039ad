import type { Loss } from '../../../stack/contract/final-read.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { boundFor, type LossSettings, lossSettings } from './loss-settings.ts';

/** What a user is told to set: a lag of 1 s may refuse writes although all is well, because replicas answer once a second. */
const ADVISED_LAG_S = 2;
/** Longer before the fault: it was not on its way to a replica any more. */
const ON_THE_WAY_MS = 1000;

export async function remedies(input: FailoverInput, loss: Loss): Promise<readonly string[]> {
  return remediesBy(loss, await lossSettings(input));
}

/** How each part of the losses would have been less. Pure. */
export function remediesBy({ what, oldPrimary, lost }: Loss, settings: LossSettings): readonly string[] {
  const all = lost.length;
  const later = lost.filter(({ at, node }) => at > 0 && node === oldPrimary);
  if (what === 'SENTINEL FAILOVER')
    return ['all fewer with `stackctl failover`, by which writes wait until the new master has everything'];
  const boundMs = boundFor(ADVISED_LAG_S);
  const bounded = settings.boundMs === undefined ? later.filter(({ at }) => at > boundMs).length : 0;
  const early = settings.isPersistent ? 0 : lost.filter(({ at }) => at < -ON_THE_WAY_MS).length;
  const rest = all - bounded - early;
  return [
    ...(bounded === 0
      ? []
      : [
          `${bounded} fewer with minReplicasToWrite 1 and minReplicasMaxLagS ${ADVISED_LAG_S}: a master without replicas takes no writes after ${boundMs} ms`,
        ]),
    ...(early === 0 ? [] : [`${early} fewer with appendOnly: they were in memory only when a server started again`]),
    ...(rest === 0
      ? []
      : [
          `${rest === all ? 'these' : `the other ${rest}`}: only WAIT tells whether a replica has a write (--client 'raw?wait=1' shows what that is worth)`,
        ]),
  ];
}
