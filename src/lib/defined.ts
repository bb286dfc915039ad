/**
 * The entries that have a value: a key whose value is undefined is absent from the result.
 * For optional parts of an object: `{ code, ...defined({ hint }) }`.
 */
export function defined<T extends object>(parts: T): Defined<T> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Keys that may be undefined become keys that may be absent. */
export type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
