/** What is odd about the settings that a Sentinel has in force, which `SENTINEL SET` can change by hand. Pure. */
import type { View } from './ability.ts';
import { SAFE_DOWN_AFTER_MS } from './advice.ts';
import type { SentinelOptions } from './options.ts';

interface Setting {
  /** As Sentinel calls it. */
  readonly name: string;
  readonly inForce: (view: View) => number | undefined;
  readonly declared: (options: SentinelOptions) => number;
}

const SETTINGS: readonly Setting[] = [
  { name: 'quorum', inForce: ({ facts }) => facts.quorum, declared: ({ quorum }) => quorum },
  {
    name: 'down-after-milliseconds',
    inForce: ({ facts }) => facts.downAfterMs,
    declared: ({ downAfterMs }) => downAfterMs,
  },
  {
    name: 'failover-timeout',
    inForce: ({ facts }) => facts.failoverTimeoutMs,
    declared: ({ failoverTimeoutMs }) => failoverTimeoutMs,
  },
];

/** Settings in which the Sentinels differ and this one is not as the stack declares; then a risky one that is nowhere declared. */
export function settingRemarks(view: View, all: readonly View[], options: SentinelOptions): readonly string[] {
  const { name } = view.instance;
  const back = `\`stackctl restart ${name}\` brings back what the stack declares`;
  const differing = SETTINGS.flatMap((setting) => {
    const own = setting.inForce(view);
    const others = all.filter((other) => setting.inForce(other) !== own);
    if (own === undefined || others.length === 0 || own === setting.declared(options)) return [];
    const theirs = others.map((other) => `${setting.inForce(other)} at ${other.instance.name}`).join(', ');
    return [`${setting.name} is ${own} here, ${theirs}: ${back}`];
  });
  const { downAfterMs } = view.facts;
  // What is declared is a warning of `up` and a line of `doctor`.
  const isRisky = downAfterMs < SAFE_DOWN_AFTER_MS && options.downAfterMs >= SAFE_DOWN_AFTER_MS;
  return [
    ...differing,
    ...(isRisky
      ? [
          `down-after-milliseconds ${downAfterMs} is below ${SAFE_DOWN_AFTER_MS}: it can take the new master for down right after a failover and fail over again; the stack declares ${options.downAfterMs}: ${back}`,
        ]
      : []),
  ];
}
