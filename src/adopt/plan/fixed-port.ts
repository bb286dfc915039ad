/** Ports that a command has as a number, although a local process may get another one. Pure. */
import { portVariable } from '../../stack/derived/environment.ts';
import type { PlannedPort } from './ports.ts';

/**
 * What to read instead: the number is right in a container alone.
 * @param what the command belongs to, as the beginning of a sentence. @param ports of the service, the main one first.
 */
export function fixedPortNotes(
  what: string,
  words: readonly string[],
  ports: readonly PlannedPort[],
): readonly string[] {
  const text = words.join(' ');
  return ports.flatMap(({ name, inside }, index) => {
    if (!namesPort(text, inside)) return [];
    const variable = index === 0 ? '$PORT' : `$${portVariable(name)}`;
    return [`${what} names port ${inside}: as a local process the service may have another, read ${variable} there`];
  });
}

/** By itself, or behind an address of this machine: `db:5432` is a port of another service. */
function namesPort(text: string, port: number): boolean {
  const own = String.raw`(?:localhost|\d+\.\d+\.\d+\.\d+|\[[\d:]*\]|\*)?:`;
  return new RegExp(String.raw`(?<![\w.:-])(?:-p|${own}|\S*\/\/${own})?${port}(?![\w:]|\.\d)`).test(text);
}
