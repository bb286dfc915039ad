import type { Stack } from '../stack/contract/model.ts';
import { inDependencyOrder } from '../stack/derived/graph.ts';

/**
 * Groups instances into waves: a wave's services depend only on services of earlier waves. Services without
 * dependencies start together.
 */
export function startWaves(stack: Stack, wanted: ReadonlySet<string>): readonly (readonly string[])[] {
  const depths = new Map<string, number>();
  for (const name of inDependencyOrder(new Map(stack.services.map((service) => [service.name, service.dependsOn])))) {
    const needs = stack.services.find((service) => service.name === name)?.dependsOn ?? [];
    depths.set(name, Math.max(0, ...needs.map((need) => (depths.get(need) ?? 0) + 1)));
  }
  const deepest = Math.max(0, ...depths.values());
  const waves = Array.from({ length: deepest + 1 }, (_, depth) =>
    stack.services
      .filter(({ name }) => depths.get(name) === depth)
      .flatMap(({ instances }) => instances.map(({ name }) => name))
      .filter((name) => wanted.has(name)),
  );
  return waves.filter(({ length }) => length > 0);
}
