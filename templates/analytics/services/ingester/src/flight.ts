/** Batches that are being stored while the next ones are read. */
export interface Flight {
  /** Begins with it when there is room. @throws what an earlier one failed with, when all of them have ended. */
  add(store: () => Promise<unknown>): Promise<void>;
  /** Waits for all. @throws what the first one that failed did. */
  landed(): Promise<void>;
}

/** @param most how many may be on their way. */
export function openFlight(most: number): Flight {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const landed = async (): Promise<void> => {
    await Promise.all(underWay);
    if (failures.length > 0) throw failures.splice(0)[0];
  };
  return {
    landed,
    add: async (store) => {
      while (underWay.size >= most) await Promise.race(underWay);
      if (failures.length > 0) await landed();
      const ended: Promise<void> = store()
        .then(
          () => undefined,
          (error: unknown) => void failures.push(error),
        )
        .finally(() => underWay.delete(ended));
      underWay.add(ended);
    },
  };
}
