/** The forms in which an event can be had: each is made of what was drawn when it is asked for, and not kept. */
import { type TrafficEvent, valueText } from '../stack/contract/traffic-event.ts';
import { compileJson, type Names } from './json-writer.ts';
import { compileText, compileTree, fieldsOf, onlyName, type Values } from './placeholders.ts';
import { isPlain, shapeOfText } from './plain.ts';

interface Forms {
  readonly body: (values: Values) => TrafficEvent['body'];
  readonly json: (values: Values) => string;
  readonly text: ReadonlyMap<string, (values: Values) => string | undefined>;
  readonly isPlain: boolean;
}

export function compileForms(tree: Readonly<Record<string, unknown>>, names: Names): Forms {
  return {
    body: compileTree(tree, names.slotOf) as Forms['body'],
    json: compileJson(tree, names),
    text: new Map(fieldsOf(tree).map(([key, value]) => [key, compileFieldText(value, names)])),
    isPlain: Object.entries(tree).every(([key, value]) => isPlain(key) && isPlainTree(value, names)),
  };
}

/** What `fieldText` says of it. */
function compileFieldText(tree: unknown, names: Names): (values: Values) => string | undefined {
  if (typeof tree === 'object' && tree !== null) return compileJson(tree, names);
  if (typeof tree !== 'string') {
    const text = valueText(tree);
    return () => text;
  }
  const slot = names.slotOf(onlyName(tree) ?? '');
  if (slot === -1) return compileText(tree, names.slotOf) as (values: Values) => string;
  return (values) => valueText(values[slot]);
}

/** Whether all its texts are plain, names of fields too: then its JSON has no backslash. */
function isPlainTree(tree: unknown, names: Names): boolean {
  if (typeof tree === 'string') return shapeOfText(tree, names.shapeOf) !== 'any';
  if (typeof tree !== 'object' || tree === null) return true;
  return Object.entries(tree).every(([key, value]) => isPlain(key) && isPlainTree(value, names));
}

interface EventSource extends Forms, Pick<Names, 'slotOf'> {
  readonly idOf: (sequence: number) => string;
  /** What an event has drawn, until another one is asked for. */
  readonly drawn: (sequence: number) => Values;
}

/** A place in the run is all that an event keeps: thousands of them may be on their way. */
class DrawnEvent implements TrafficEvent {
  readonly sequence: number;
  readonly #source: EventSource;

  constructor(sequence: number, source: EventSource) {
    this.sequence = sequence;
    this.#source = source;
  }

  get id(): string {
    return this.#source.idOf(this.sequence);
  }

  get body(): TrafficEvent['body'] {
    return this.#source.body(this.#source.drawn(this.sequence));
  }

  get json(): string {
    return this.#source.json(this.#source.drawn(this.sequence));
  }

  get isPlain(): boolean {
    return this.#source.isPlain;
  }

  text(field: string): string | undefined {
    return this.#source.text.get(field)?.(this.#source.drawn(this.sequence));
  }

  drawn(name: string): unknown {
    return this.#source.drawn(this.sequence)[this.#source.slotOf(name)];
  }
}

export function createEvents(source: EventSource): (sequence: number) => TrafficEvent {
  return (sequence) => new DrawnEvent(sequence, source);
}
