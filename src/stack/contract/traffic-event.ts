/** An event of synthetic traffic, as a sink takes it. */

export interface TrafficEvent {
  /** Place in the run, from 0. */
  readonly sequence: number;
  readonly id: string;
  /** JSON-ready; mentions the id once. May be made anew each time that it is asked for. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What `jsonOf` tells, where it is to be had without the body. */
  readonly json?: string;
  /** What `fieldText` tells, where it is to be had without the body. */
  text?(field: string): string | undefined;
  /** What was drawn under a name of `TrafficRun.drawn`; absent: nothing was drawn. */
  drawn?(name: string): unknown;
  /**
   * All its texts, names of fields too, are of printable ASCII without quotation marks and backslashes: in its JSON nothing is escaped,
   * and its characters are its bytes. Absent: that is not known.
   */
  readonly isPlain?: boolean;
}

/** The JSON of the body. */
export function jsonOf(event: TrafficEvent): string {
  return event.json ?? JSON.stringify(event.body);
}

/** A field of the body as text: text as it is, a number in its digits, of everything else the JSON; undefined where it is null or not there. */
export function fieldText(event: TrafficEvent, field: string): string | undefined {
  return event.text === undefined ? valueText(event.body[field]) : event.text(field);
}

/** The same of its value. */
export function valueText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return `${value}`;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}
