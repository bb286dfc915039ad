/** The program under test: what a shopper has put aside. */
export function basketOf(redis, shopper) {
  const key = `basket:${shopper}`;
  return {
    put: (article, count = 1) => redis.hincrby(key, article, count),
    all: async () =>
      Object.fromEntries(Object.entries(await redis.hgetall(key)).map(([name, count]) => [name, +count])),
  };
}
