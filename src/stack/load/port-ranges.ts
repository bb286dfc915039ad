import type { ValueScalar } from '../contract/model.ts';
import type { RuntimeFacts } from '../contract/runtime-facts.ts';
import { areReplicas, replicaPorts } from '../derived/replicas.ts';
import { portNumbers } from './declared-ports.ts';

/** The ports of one kind of port of one service: `count` ports from `base` on. */
export interface PortRange {
  readonly service: string;
  readonly port: string;
  readonly base: number;
  readonly count: number;
}

interface Ported {
  readonly ports: Readonly<Record<string, unknown>>;
  readonly instances: number;
  readonly through?: string | undefined;
}

/**
 * The ranges that the services want with these values; ports without a known number are left out.
 * @param runtime undefined: not known yet; ports that only one runtime needs are left out.
 */
export function portRanges(
  services: readonly (readonly [name: string, Ported])[],
  values: ReadonlyMap<string, ValueScalar>,
  runtime: RuntimeFacts | undefined,
): readonly PortRange[] {
  return services.flatMap(([service, { ports, instances, through }]) =>
    Object.entries(ports).flatMap(([port, raw]) => {
      const { outside: base } = portNumbers(raw, values);
      if (base === undefined) return [];
      const [first, last] = replicaPorts(base);
      return [
        {
          service,
          port,
          base,
          count: runtime !== undefined && areReplicas(runtime, { through }) ? last - first + 1 : instances,
        },
      ];
    }),
  );
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
