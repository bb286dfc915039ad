import { formatBytes } from '../lib/bytes.ts';
import type { DataItem } from '../stack/contract/runtime.ts';

/** One line per volume or folder, with its size where it is known. */
export function dataText(items: readonly DataItem[]): string {
  return items
    .map(
      ({ name, instance, usedBytes }) =>
        `  ${instance}: ${name}${usedBytes === undefined ? '' : ` (${formatBytes(usedBytes)})`}`,
    )
    .join('\n');
}
