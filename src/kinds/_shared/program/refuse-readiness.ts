import type { Refusal } from '../../../stack/contract/kind.ts';
import type { Readiness } from './readiness-option.ts';

/** A check of a port that the service does not have. @param ports names of those that it has. */
export function refuseReadiness(readiness: Readiness | undefined, ports: readonly string[]): readonly Refusal[] {
  const asked = readiness?.http ?? readiness?.tcp;
  if (asked === undefined) return [];
  const option = 'readiness';
  if (ports.length === 0) return [{ option, text: 'asks a port, and the service has none: use exec, log or none' }];
  if (asked.port === undefined || ports.includes(asked.port)) return [];
  return [
    { option, text: `asks the port ${asked.port}, which the service does not have (known: ${ports.join(', ')})` },
  ];
}
