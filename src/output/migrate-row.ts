/** A row of the table of `migrate status`. */
export interface Row {
  readonly service: string;
  readonly name: string;
  readonly state: string;
  readonly tone: 'green' | 'yellow' | 'red';
  readonly at: string;
  readonly took: string;
  readonly why: string;
}
