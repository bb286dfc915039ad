/** `ports` and `expose` of a Compose file: https://docs.docker.com/reference/compose-file/services/#ports. Pure. */
import type { ComposePort } from '../../stack/contract/compose-service.ts';
import { isTree, textOf, wholeOf } from './values.ts';

/** Undefined: this is no port. A range is as many ports. */
export function readPort(raw: unknown): readonly ComposePort[] | undefined {
  return isTree(raw) ? longPort(raw) : shortPort(textOf(raw) ?? '');
}

function longPort(raw: Readonly<Record<string, unknown>>): readonly ComposePort[] | undefined {
  const protocol = textOf(raw.protocol) ?? 'tcp';
  return matched({
    inside: textOf(raw.target) ?? '',
    outside: textOf(raw.published),
    hostIp: textOf(raw.host_ip),
    protocol,
  });
}

/** `[address:][outside:]inside[/protocol]`, where an address of IPv6 may be in brackets. */
const SHORT = /^(?:(?:(\[[^\]]*\]|[^:]*):)?([\d-]*):)?(\d+(?:-\d+)?)(?:\/(\w+))?$/;

function shortPort(text: string): readonly ComposePort[] | undefined {
  const [, address, outside, inside, protocol = 'tcp'] = SHORT.exec(text.trim()) ?? [];
  if (inside === undefined) return undefined;
  return matched({ inside, outside, hostIp: address?.replace(/^\[|\]$/g, ''), protocol: protocol.toLowerCase() });
}

interface Written {
  readonly inside: string;
  readonly outside: string | undefined;
  readonly hostIp: string | undefined;
  readonly protocol: string;
}

/** A range outside of one port inside: any of them is meant, and the first one is taken. */
function matched({ inside, outside, hostIp, protocol }: Written): readonly ComposePort[] | undefined {
  const insides = rangeOf(inside);
  const outsides = outside === undefined || outside === '' ? [] : rangeOf(outside);
  if (insides === undefined || outsides === undefined) return undefined;
  if (outsides.length > 0 && insides.length > 1 && outsides.length !== insides.length) return undefined;
  return insides.map((port, index) => ({
    inside: port,
    outside: outsides[index],
    hostIp: hostIp || undefined,
    protocol,
  }));
}

function rangeOf(text: string): readonly number[] | undefined {
  const [first, last = first, ...more] = text.split('-').map((part) => wholeOf(part));
  if (first === undefined || last === undefined || more.length > 0 || last < first || first < 1 || last > 65_535) {
    return undefined;
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** `3000`, `3000-3005`, `3000/tcp`. */
export function readExpose(raw: unknown): readonly number[] {
  return rangeOf((textOf(raw) ?? '').replace(/\/tcp$/, '')) ?? [];
}
