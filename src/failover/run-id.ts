/** `20260102T030405678Z-4f1c`: sorts by time, unique per run. */
export function runIdOf(now: Date, random: () => number): string {
  const suffix = Math.floor(random() * 0x10000)
    .toString(16)
    .padStart(4, '0');
  return `${now.toISOString().replaceAll(/[-:.]/g, '')}-${suffix}`;
}
