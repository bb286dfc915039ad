/** Lines of the guide of email-timing. Run by e2e/email-timing.test.ts on both runtimes. */

export interface CurlLine {
  /** As the guide prints it, without `| jq .`. */
  readonly text: string;
  readonly port: 'connectorPort' | 'inferencePort';
  /** What the answer has to be, looked at with `toMatchObject`. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The guide's requests, with the ports that the stack has by default. */
export const CURL_LINES: readonly CurlLine[] = [
  { text: 'curl http://localhost:8001/health', port: 'inferencePort', answer: { status: 'ok' } },
  {
    text: `curl -X POST http://localhost:8001/timing/decide \\
  -H "Content-Type: application/json" \\
  -d '{
    "universal_id": "sf_test123",
    "latency_seconds": 15
  }'`,
    port: 'inferencePort',
    answer: { universal_id: 'sf_test123', features: { latency_seconds: 15, opens: 0, clicks: 0, prior_share: 1 } },
  },
  {
    text: 'curl -X POST http://localhost:5215/api/mock/events/generate?count=5',
    port: 'connectorPort',
    answer: { events: { length: 5 } },
  },
];

/** A command of the README that only looks. */
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
  {
    stackctl: 'stackctl status',
    args: ['status'],
    answer:
      /inference-1 .* healthy[\s\S]*^clickhouse: answered by (chdb \(ClickHouse [\d.]+\), in-process engine, not a server|clickhouse-server [\d.]+)$/m,
  },
  { stackctl: 'stackctl inspect kafka topics', args: ['inspect', 'kafka', 'topics'], answer: /email-events/ },
];
