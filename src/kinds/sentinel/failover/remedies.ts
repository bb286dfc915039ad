import type { Loss } from '../../../stack/contract/final-read.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { boundFor, type LossSettings, lossSettings } from './loss-settings.ts';

/** What a user is told to set: a lag of 1 s may refuse writes although all is well, because replicas answer once a second. */
const ADVISED_LAG_S = 2;

export async function remedies(input: FailoverInput, loss: Loss): Promise<readonly string[]> {
  return remediesBy(loss, await lossSettings(input, loss.newPrimary));
}

/** How each part of the losses would have been less. Pure. */
export function remediesBy(
  { what, oldPrimary, promotedAt, lost }: Loss,
  { boundMs: bound = Number.POSITIVE_INFINITY }: LossSettings,
): readonly string[] {
  if (what === 'SENTINEL FAILOVER')
    return ['all fewer with `stackctl failover`, by which writes wait until the new master has everything'];
  // No other server has been the master: it came back without them.
  if (promotedAt === undefined) {
    const before = lost.filter(({ at }) => at <= 0).length;
    return before === 0 ? [] : [`${before} fewer with appendOnly: the master started again without them`];
  }
  const own = lost.filter(({ node }) => node === oldPrimary);
  const boundMs = boundFor(ADVISED_LAG_S);
  // By then at the latest its replicas have left it.
  const bounded = bound <= boundMs ? 0 : own.filter(({ at }) => at > Math.max(0, promotedAt) + boundMs).length;
  const rest = own.length - bounded;
  return [
    ...(bounded === 0
      ? []
      : [
          `at least ${bounded} fewer with minReplicasToWrite 1 and minReplicasMaxLagS ${ADVISED_LAG_S}: a master whose replicas are gone takes writes for ${boundMs} ms at most`,
        ]),
    ...(rest === 0
      ? []
      : [
          `${rest}${bounded === 0 ? '' : ' others'}: only WAIT tells whether a replica has a write (--client 'raw?wait=1' shows what that is worth)`,
        ]),
  ];
}
