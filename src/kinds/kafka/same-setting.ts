/** Whether a declared value is the one in force, as the broker reads it. Pure. */
import type { SettingType } from '../../clients/kafka/topics.ts';

/**
 * Reads both as the type that the broker gives the setting (`ConfigDef.parseType` of Apache Kafka): spaces around a value
 * do not count, `TRUE` is `true`, `0.50` is `0.5`. The order of a list does not count either: lists of topics are
 * policies and replicas.
 */
export function isSameSetting(type: SettingType, actual: string, declared: string): boolean {
  const [is, wanted] = [normal(type, actual), normal(type, declared)];
  // A text that the broker could not read is equal to nothing.
  return is !== undefined && is === wanted;
}

function normal(type: SettingType, text: string): string | undefined {
  const value = text.trim();
  switch (type) {
    case 'boolean':
      return /^(true|false)$/i.test(value) ? value.toLowerCase() : undefined;
    case 'integer':
      return /^[+-]?\d+$/.test(value) ? String(BigInt(value.replace(/^\+/, ''))) : undefined;
    case 'double':
      return value === '' || Number.isNaN(Number(value)) ? value : String(Number(value));
    case 'list':
      return value === '' ? '' : [...new Set(value.split(/\s*,\s*/))].toSorted().join(',');
    case 'text':
      return value;
  }
}
