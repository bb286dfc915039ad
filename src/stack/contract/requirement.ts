/** Something that a server has or lacks. */
export interface Requirement {
  /** As people write it, e.g. `timescaledb`, `pg>=N`. */
  readonly name: string;
  /** Matches each way to write it; absent: the name is the only one. */
  readonly pattern?: RegExp;
}
