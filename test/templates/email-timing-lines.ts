/** Commands of the README of email-timing that only look. Run by e2e/email-timing.test.ts on both runtimes. */

export interface LookLine {
  /** As the README has it. */
  readonly stackctl: string;
  readonly args: readonly string[];
  /** What the answer has to hold. */
  readonly answer: RegExp;
}

const TYPES = 'SELECT event_type, count() FROM sendflowr.email_events GROUP BY event_type';
const PERSONAS = `SELECT
    JSONExtractString(metadata, 'persona') as persona,
    count() as events,
    avg(JSONExtractInt(metadata, 'latency_seconds')) as avg_latency
  FROM sendflowr.email_events
  WHERE persona != ''
  GROUP BY persona`;

export const LOOKS: readonly LookLine[] = [
  {
    stackctl: `stackctl cli clickhouse --query "${TYPES}"`,
    args: ['cli', 'clickhouse', '--query', TYPES],
    answer: /^sent\t\d+$/m,
  },
  {
    stackctl: `stackctl cli clickhouse --query "${PERSONAS}"`,
    args: ['cli', 'clickhouse', '--query', PERSONAS],
    answer: /^[a-z_]+\t\d+\t[\d.]+$/m,
  },
  { stackctl: 'stackctl status', args: ['status'], answer: /inference-1 .* healthy/ },
  { stackctl: 'stackctl inspect kafka topics', args: ['inspect', 'kafka', 'topics'], answer: /email-events/ },
];
