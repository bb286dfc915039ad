/** The table of the README: each line of the guide, and what to type instead. Run by test/e2e/analytics.test.ts. */
export interface AnalyticsLine {
  /** As the guide has it. */
  readonly guide: string;
  /** As the README has it. */
  readonly stackctl: string;
  /** What it gets to read; undefined: it is run where the test comes to it. */
  readonly input?: string;
  /** What it has to answer. One that follows is interrupted then. */
  readonly answer?: RegExp;
}

const PSQL = 'docker exec -it analytics-timescaledb psql -U analytics_user -d analytics';

export const ANALYTICS_LINES: readonly AnalyticsLine[] = [
  { guide: 'docker-compose up -d', stackctl: 'stackctl up analytics' },
  { guide: 'docker-compose down', stackctl: 'stackctl down' },
  { guide: 'docker-compose logs -f', stackctl: 'stackctl logs --follow', answer: /^ingester-1 /m },
  { guide: 'docker-compose logs -f redis', stackctl: 'stackctl logs redis --follow', answer: /Ready to accept/ },
  {
    guide: 'docker-compose logs -f timescaledb',
    stackctl: 'stackctl logs timescaledb --follow',
    answer: /ready to accept connections/,
  },
  { guide: 'docker-compose ps', stackctl: 'stackctl status', answer: /^ingester-1 .*healthy/m },
  { guide: 'docker-compose restart', stackctl: 'stackctl restart' },
  { guide: 'docker-compose down -v', stackctl: 'stackctl down --volumes' },
  {
    guide: 'docker exec -it analytics-redis redis-cli',
    stackctl: 'stackctl cli redis',
    input: 'PING\n',
    answer: /^PONG$/m,
  },
  {
    guide: PSQL,
    stackctl: 'stackctl cli timescaledb',
    input: 'SELECT current_user, current_database();\n',
    answer: /analytics_user *\| *analytics/,
  },
  {
    guide: `${PSQL.replace('-it', '-i')} < schema.sql`,
    stackctl: 'stackctl cli timescaledb < schema.sql',
  },
];
