/** What the README of the stack says to type, for test/e2e/event-tracking.test.ts. */

export interface GuideLine {
  /** As the guide has it. */
  readonly guide: string;
  /** As the README has it. */
  readonly stackctl: string;
  /** What the answer has to hold. */
  readonly answer: RegExp;
}

/** Lines that change nothing: each is run, in this order, while one backend runs and events are there. */
export const LOOKS: readonly GuideLine[] = [
  { guide: 'docker-compose ps', stackctl: 'stackctl status', answer: /^backend-1 .* healthy /m },
  { guide: 'docker-compose ps redis', stackctl: 'stackctl health redis', answer: /^ok +redis-1 \(master\)/m },
  { guide: 'docker-compose logs backend', stackctl: 'stackctl logs backend', answer: /Redis connection established/ },
  { guide: 'docker-compose logs redis', stackctl: 'stackctl logs redis', answer: /Ready to accept connections/i },
  { guide: 'docker-compose exec redis redis-cli ping', stackctl: 'stackctl cli redis ping', answer: /^PONG$/m },
  {
    guide: 'docker-compose exec redis redis-cli ZCARD sentinel:events',
    stackctl: 'stackctl cli redis ZCARD sentinel:events',
    answer: /^40$/m,
  },
  {
    guide: 'ZRANGE sentinel:events 0 5',
    stackctl: 'stackctl cli redis ZRANGE sentinel:events 0 5',
    answer: /^\{"eventId":"[^"]+","tenantId":"tenant-[ab]",/m,
  },
  { guide: 'TTL sentinel:events', stackctl: 'stackctl cli redis TTL sentinel:events', answer: /^86[34]\d\d$/m },
  {
    guide: 'docker-compose exec backend env \\| grep EVENT_STORAGE',
    stackctl: 'stackctl env backend',
    answer: /^export EVENT_STORAGE=redis$/m,
  },
  { guide: 'lsof -i :3000', stackctl: 'stackctl ports', answer: /^gateway-1 +http +127\.0\.0\.1:/m },
];

/**
 * Lines that change what runs, or go on until they are ended. The scenarios do what they say, with options for a test;
 * two are not run: `--no-cache` (of Docker's build) and `cli redis` without a command, which wants a terminal.
 */
export const CHANGES: readonly Omit<GuideLine, 'answer'>[] = [
  { guide: 'docker-compose up --build', stackctl: 'stackctl up event-tracking --build' },
  { guide: 'docker-compose build --no-cache', stackctl: 'stackctl up event-tracking --build --no-cache' },
  { guide: 'docker-compose restart backend', stackctl: 'stackctl restart backend' },
  { guide: 'docker-compose up --scale backend=3 -d', stackctl: 'stackctl scale backend=3' },
  { guide: 'docker-compose down', stackctl: 'stackctl down' },
  { guide: 'docker-compose down -v', stackctl: 'stackctl down --volumes --yes' },
  {
    guide: 'docker run -d -p 6379:6379 --name sentinel-redis redis:7-alpine',
    stackctl: 'stackctl up event-tracking redis',
  },
  { guide: 'docker-compose logs -f', stackctl: 'stackctl logs --follow' },
  { guide: 'docker-compose exec redis redis-cli', stackctl: 'stackctl cli redis' },
];
