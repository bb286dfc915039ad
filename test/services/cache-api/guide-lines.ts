/** What the README of the stack says to type in place of the guide's lines. Each is run by a test on both runtimes. */

export interface GuideLine {
  /** As the guide has it. */
  readonly guide: string;
  /** As the README has it. */
  readonly stackctl: string;
  /** What the answer has to hold. */
  readonly answer: RegExp;
}

export const GUIDE_LINES: readonly GuideLine[] = [
  {
    guide: 'redis-cli KEYS "opalmind:cache:*"',
    stackctl: 'stackctl cli redis KEYS "opalmind:cache:*"',
    answer: /opalmind:cache:key-numbers:1:day:today/,
  },
  {
    guide: 'redis-cli KEYS "opalmind:idempotency:*"',
    stackctl: 'stackctl cli redis KEYS "opalmind:idempotency:*"',
    answer: /opalmind:idempotency:[0-9a-f-]{36}/,
  },
  {
    guide: 'docker compose restart opalmind-api',
    stackctl: 'stackctl restart opalmind-api',
    answer: /opalmind-api-1 +- +healthy/,
  },
  { guide: 'docker compose ps redis', stackctl: 'stackctl health redis', answer: /redis-1 \(master\)/ },
  {
    guide: 'docker compose exec opalmind-api ping redis',
    stackctl: 'stackctl health opalmind-api',
    answer: /opalmind-api-1: status ready/,
  },
  {
    guide: 'docker compose logs redis',
    stackctl: 'stackctl logs redis',
    answer: /Ready to accept connections/,
  },
  {
    guide: 'redis-cli INFO memory',
    stackctl: 'stackctl cli redis INFO memory',
    answer: /^maxmemory:536870912$[\s\S]*^maxmemory_policy:allkeys-lru$/m,
  },
  { guide: 'redis-cli DBSIZE', stackctl: 'stackctl cli redis DBSIZE', answer: /^[1-9]\d*$/m },
  // Without a terminal it measures for a second: minimum, maximum, average, samples.
  { guide: 'redis-cli --latency', stackctl: 'stackctl cli redis -- --latency', answer: /^\d+ \d+ [\d.]+ \d+$/m },
  { guide: 'redis-cli SLOWLOG GET 10', stackctl: 'stackctl cli redis SLOWLOG GET 10', answer: /^/ },
];

/** The guide's requests, as it prints them. */
export const CURL_LINES = [
  {
    text: `curl -H "Authorization: Bearer $OPAL_BEARER_TOKEN" \\
  "http://localhost:3000/tools/get-key-numbers" \\
  -d '{"period":"day","date":"today"}'`,
    answer: { siteId: 1, period: 'day', date: 'today' },
  },
  {
    text: `curl -H "Authorization: Bearer $OPAL_BEARER_TOKEN" \\
  "http://localhost:3000/track/pageview" \\
  -d '{"url":"https://example.com","siteId":1}'`,
    answer: { ok: true, siteId: 1, url: 'https://example.com' },
  },
  {
    text: `curl -H "Authorization: Bearer $OPAL_BEARER_TOKEN" \\
  "http://localhost:3000/tools/get-cache-stats"`,
    answer: { store: 'redis' },
  },
] as const;

/** Lines of the guide's redis.conf that the rendered one has to hold (its password is the stack's). */
export const REDIS_CONF_LINES = [
  'save 900 1',
  'save 300 10',
  'save 60 10000',
  'appendonly yes',
  'appendfsync everysec',
  'maxmemory 512mb',
  'maxmemory-policy allkeys-lru',
  'requirepass "opalmind-dev"',
  'tcp-backlog 511',
  'timeout 0',
  'tcp-keepalive 300',
] as const;
