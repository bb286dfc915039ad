/** The ports of one kind of port of one service: `count` ports from `base` on. */
export interface PortRange {
  readonly service: string;
  readonly port: string;
  readonly base: number;
  readonly count: number;
}

export interface RangeProblem {
  readonly range: PortRange;
  readonly message: string;
}

/** Ranges that leave the valid ports, or that share a port with an earlier one. */
export function rangeProblems(ranges: readonly PortRange[]): readonly RangeProblem[] {
  return ranges.flatMap((range, index) => {
    const tooHigh = range.base + range.count - 1 > 65_535;
    const other = ranges.slice(0, index).find((earlier) => overlap(earlier, range));
    return [
      ...(tooHigh ? [{ range, message: `${formatRange(range)}: 65535 is the last there is` }] : []),
      ...(other === undefined
        ? []
        : [{ range, message: `${formatRange(range)}: service ${other.service} has ${formatRange(other)}` }]),
    ];
  });
}

function overlap(a: PortRange, b: PortRange): boolean {
  return a.base < b.base + b.count && b.base < a.base + a.count;
}

function formatRange({ base, count }: PortRange): string {
  return count === 1 ? `port ${base}` : `ports ${base} to ${base + count - 1}`;
}
