import { parse } from 'yaml';
import { LABELS } from './labels.ts';

/** What a rendered compose.yaml says of one of its services. */
export interface RenderedService {
  /** Compose's name of it. */
  readonly name: string;
  /** The service of the stack. */
  readonly service: string | undefined;
  /** Undefined: its containers are replicas. */
  readonly instance: string | undefined;
  readonly image: string | undefined;
}

/** The services of a rendered file. @throws Error for what is not YAML. */
export function parseRenderedServices(text: string): readonly RenderedService[] {
  const file = parse(text, { version: '1.1' }) as ComposeFile | null;
  return Object.entries(file?.services ?? {}).map(([name, { image, labels = {} }]) => ({
    name,
    service: labels[LABELS.service],
    instance: labels[LABELS.instance],
    image,
  }));
}

interface ComposeFile {
  readonly services?: Readonly<
    Record<string, { readonly image?: string; readonly labels?: Readonly<Record<string, string>> }>
  >;
}
