import { quoteText } from '../../../clients/postgres/identifier.ts';
import { RANK, type SchemaNode } from '../../_shared/postgres/schema/node.ts';
import type { JobRow } from './rows.ts';
import { hypertableKey } from './statements.ts';

interface Place {
  /** Schema of the extension's functions. */
  readonly functions: string;
  /** Number of a hypertable -> its name, or that of the continuous aggregate whose rows it keeps. */
  readonly names: ReadonlyMap<number, string>;
}

/** Policies and jobs. When they first ran is left out: it is another time in each database. */
export function jobNode(job: JobRow, place: Place): SchemaNode | undefined {
  const made = job.is_policy ? policyText(job, place) : actionText(job, place);
  if (made === undefined) return undefined;
  const target = job.hypertable === null ? undefined : place.names.get(job.hypertable);
  const call = `${place.functions}.${made}`;
  return {
    kind: job.is_policy ? 'policy of TimescaleDB' : 'job of TimescaleDB',
    name: [
      job.procedure,
      ...(target === undefined ? [`${job.every} ${job.config_text ?? ''}`.trimEnd()] : [target]),
    ].join(' on '),
    rank: RANK.job,
    statements: [
      job.scheduled || !job.is_policy
        ? `SELECT ${call}`
        : `SELECT ${place.functions}.alter_job(${call}, scheduled => FALSE)`,
    ],
    covers: [],
    needs: job.hypertable === null ? [] : [hypertableKey(job.hypertable)],
  };
}

/** Undefined for a policy that this program does not know, or whose table is not the user's. */
function policyText({ procedure, every, hypertable, config, timezone }: JobRow, { names }: Place): string | undefined {
  const name = hypertable === null ? undefined : names.get(hypertable);
  if (name === undefined || config === null) return undefined;
  const after = (...keys: readonly string[]) =>
    keys.flatMap((key) => (config[key] === undefined ? [] : [`${key} => ${amount(config[key])}`]));
  const rest = [
    `schedule_interval => INTERVAL ${quoteText(every)}`,
    ...(timezone === null ? [] : [`timezone => ${quoteText(timezone)}`]),
  ];
  const call = (verb: string, parts: readonly string[]) => `${verb}(${[quoteText(name), ...parts].join(', ')})`;
  switch (procedure) {
    case 'policy_compression':
      return call('add_compression_policy', [...after('compress_after', 'compress_created_before'), ...rest]);
    case 'policy_retention':
      return call('add_retention_policy', [...after('drop_after', 'drop_created_before'), ...rest]);
    case 'policy_reorder':
      return call('add_reorder_policy', [quoteText(String(config.index_name))]);
    case 'policy_refresh_continuous_aggregate': {
      const offsets = ['start_offset', 'end_offset'].map((key) => `${key} => ${amount(config[key] ?? null)}`);
      return call('add_continuous_aggregate_policy', [...offsets, ...rest]);
    }
    default:
      return undefined;
  }
}

function amount(value: unknown): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? `BIGINT '${value}'` : `INTERVAL ${quoteText(String(value))}`;
}

function actionText(job: JobRow, _place: Place): string {
  const parts = [
    quoteText(job.procedure),
    `INTERVAL ${quoteText(job.every)}`,
    ...(job.config_text === null ? [] : [`config => ${quoteText(job.config_text)}`]),
    ...(job.scheduled ? [] : ['scheduled => FALSE']),
    ...(job.check === null ? [] : [`check_config => ${quoteText(job.check)}`]),
    ...(job.fixed_schedule ? [] : ['fixed_schedule => FALSE']),
    ...(job.timezone === null ? [] : [`timezone => ${quoteText(job.timezone)}`]),
  ];
  return `add_job(${parts.join(', ')})`;
}
