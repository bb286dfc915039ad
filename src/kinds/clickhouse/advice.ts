import type { Advice, Refusal } from '../../stack/contract/kind.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type { ClickhouseOptions } from './options.ts';

/** Every instance would be a server of its own with its own part of the data. */
const ONE = 'the servers would not replicate each other: every one would have a part of the data';

export function refuse(_options: ClickhouseOptions, count: number): readonly Refusal[] {
  return count > 1 ? [{ option: 'instances', text: `must be 1: ${ONE}` }] : [];
}

export function refuseScale(_input: ServiceInput<ClickhouseOptions>, count: number): readonly string[] {
  return count > 1 ? [ONE] : [];
}

/** Settings that are legal and known to lose or double events. */
export function advise({ service }: ServiceInput<ClickhouseOptions>): readonly Advice[] {
  const { settings } = service.options;
  const unacknowledged =
    isOn(settings.async_insert) &&
    settings.wait_for_async_insert !== undefined &&
    !isOn(settings.wait_for_async_insert);
  return unacknowledged
    ? [
        {
          text: `${service.name}: with wait_for_async_insert 0 an insert is acknowledged before it is stored: a crash loses it`,
        },
      ]
    : [];
}

function isOn(value: unknown): boolean {
  return value === 1 || value === '1' || value === true || value === 'true';
}
