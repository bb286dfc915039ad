import type { RunReport } from '../failover/run-report.ts';

/** Only what is another than in a group in which nothing has happened. */
export function recoveryRows({ recovery, oldMaster }: RunReport): readonly (readonly [string, string])[] {
  const { gaps, unavailableMs, fullRateMs, rejoinedMs, readsOutMs, replicaReadsOutMs, readsWithinMs, resyncs } =
    recovery;
  const row = (name: string, text: string): readonly (readonly [string, string])[] => [[name, text]];
  const silent = (who: string, ms: number | null) =>
    ms === null || ms === 0
      ? []
      : row('reads', `no ${who} answered for ${Math.round(ms)} ms ± ${Math.ceil(readsWithinMs ?? 0)} ms`);
  const writes = fullRateMs === null ? 'not seen until the end' : `${Math.round(fullRateMs)} ms after the fault`;
  return [
    ...(gaps < 2 ? [] : row('all gaps', `${gaps}, ${Math.round(unavailableMs)} ms together`)),
    ...(fullRateMs === 0 ? [] : row('99 % acked', writes)),
    ...(rejoinedMs === null
      ? []
      : row('old master', `${oldMaster} a replica ${Math.round(rejoinedMs)} ms after the fault`)),
    ...(resyncs === null || resyncs.full + resyncs.partial === 0
      ? []
      : row('resyncs', `${resyncs.full} full, ${resyncs.partial} partial`)),
    ...silent('server', readsOutMs),
    ...silent('replica', replicaReadsOutMs),
  ];
}
