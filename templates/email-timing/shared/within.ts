/** A promise with a deadline: the Kafka client has none of its own and waits for a broker that stands still for ever. */

/** What the promise becomes. @throws Error `<what>: no answer within <ms> ms`, while the promise itself goes on. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
