/** Puts items that are told in the order of their answers into the order in which they came. Pure. */

export interface InOrder<Item> {
  /** The items that are next now, in their order. */
  push(item: Item, size: number): readonly Item[];
  /** All that were held back: nothing comes any more. */
  rest(): readonly Item[];
  /** Items that came behind one that had not waited for them. */
  readonly late: number;
}

/**
 * An item waits for those before it, e.g. for a request that takes long, until more is held back than `most`: then it no longer
 * does, and what comes late stands where it is told.
 * @param most the same unit as the sizes.
 */
export function createInOrder<Item extends { readonly sequence: number }>(most: number): InOrder<Item> {
  const held = new Map<number, { readonly item: Item; readonly size: number }>();
  let [next, heldSize, late] = [0, 0, 0];
  const ready = (): readonly Item[] => {
    const items: Item[] = [];
    for (let found = held.get(next); found !== undefined; found = held.get(next)) {
      held.delete(next);
      heldSize -= found.size;
      items.push(found.item);
      next += 1;
    }
    return items;
  };
  const skipToHeld = (): void => {
    next = Number.POSITIVE_INFINITY;
    for (const sequence of held.keys()) next = Math.min(next, sequence);
  };
  return {
    push: (item, size) => {
      if (item.sequence < next) {
        late += 1;
        return [item];
      }
      held.set(item.sequence, { item, size });
      heldSize += size;
      if (heldSize > most) skipToHeld();
      return ready();
    },
    rest: () => {
      const items: Item[] = [];
      while (held.size > 0) {
        skipToHeld();
        items.push(...ready());
      }
      return items;
    },
    get late() {
      return late;
    },
  };
}
