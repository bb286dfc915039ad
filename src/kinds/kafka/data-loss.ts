import type { TopicSetting } from '../../clients/kafka/topics.ts';

/**
 * What the broker deletes when a setting of a topic gets a value; undefined: nothing that it keeps now. Pure.
 * @param declared a value that the broker takes; what is no number is left to it to refuse.
 */
export function lossOf(key: string, { value }: TopicSetting, declared: string): string | undefined {
  const wanted = declared.trim();
  if (key === 'retention.ms' && isLower(value, wanted)) return `deletes records that are older than ${wanted} ms`;
  if (key === 'retention.bytes' && isLower(value, wanted))
    return `deletes the oldest records of each partition that has more than ${wanted} bytes`;
  if (key !== 'cleanup.policy') return undefined;
  const added = policiesOf(wanted).filter((policy) => !policiesOf(value).includes(policy));
  const losses = added.flatMap((policy) => LOSSES[policy] ?? []);
  return losses.length === 0 ? undefined : losses.join(' and ');
}

const LOSSES: Readonly<Record<string, string>> = {
  compact: 'deletes all records of a key but the last',
  delete: 'deletes records that are beyond the retention of the topic',
};

/** A negative number is no limit. */
function isLower(actual: string, wanted: string): boolean {
  if (!/^[+-]?\d+$/.test(wanted) || !/^[+-]?\d+$/.test(actual.trim())) return false;
  const [is, shall] = [BigInt(actual.trim().replace('+', '')), BigInt(wanted.replace('+', ''))];
  return shall >= 0n && (is < 0n || shall < is);
}

function policiesOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(',')
    .map((policy) => policy.trim());
}
