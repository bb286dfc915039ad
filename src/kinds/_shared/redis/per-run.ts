import type { TrafficRun } from '../../../stack/contract/traffic.ts';

/**
 * One thing for everybody who has to do with a run: each sink and each store has the run as an object of its own, and the signal is the
 * same for all of them. Forgotten with the signal.
 * @param make called for a run, and a part of it by name, of which nothing is known yet.
 */
export function createPerRun<T>(make: () => T): (run: Pick<TrafficRun, 'runId' | 'signal'>, part?: string) => T {
  const known = new WeakMap<AbortSignal, Map<string, T>>();
  return ({ runId, signal }, part = '') => {
    const ofSignal = known.get(signal) ?? new Map<string, T>();
    known.set(signal, ofSignal);
    const key = `${runId} ${part}`;
    const own = ofSignal.get(key) ?? make();
    ofSignal.set(key, own);
    return own;
  };
}
