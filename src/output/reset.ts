import { escapeControls } from '../lib/escape-controls.ts';

export interface ResetItems {
  readonly service: string;
  /** What would be, or was, deleted. */
  readonly items: readonly string[];
}

/** One line for each thing that is deleted. */
export function resetItemsText(services: readonly ResetItems[]): string {
  return services
    .flatMap(({ service, items }) => items.map((item) => `  ${service}: ${escapeControls(item)}`))
    .join('\n');
}

export function resetText(services: readonly ResetItems[]): string {
  return `${services.map(({ service }) => service).join(', ')}: emptied\n${resetItemsText(services)}`;
}
