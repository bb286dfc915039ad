import { readFile } from 'node:fs/promises';
import { StackctlError, systemCode } from '../../errors.ts';
import { LABELS } from '../../stack/labels.ts';

/** What the rendered compose.yaml says of one of its services. */
export interface RenderedService {
  /** Compose's name of it. */
  readonly name: string;
  /** The service of the stack. */
  readonly service: string | undefined;
  /** Undefined: its containers are replicas. */
  readonly instance: string | undefined;
  readonly image: string | undefined;
  readonly configHash: string | undefined;
}

/**
 * The services of the file that Compose will read: it may have been rendered for other numbers of instances than the
 * stack has now, or by another version.
 * @throws E_STATE_UNREADABLE
 */
export async function readRenderedServices(path: string): Promise<readonly RenderedService[]> {
  const { parse } = await import('yaml');
  try {
    const file = parse(await readFile(path, 'utf8'), { version: '1.1' }) as ComposeFile | null;
    return Object.entries(file?.services ?? {}).map(([name, { image, labels = {} }]) => ({
      name,
      service: labels[LABELS.service],
      instance: labels[LABELS.instance],
      image,
      configHash: labels[LABELS.configHash],
    }));
  } catch (error) {
    throw new StackctlError('E_STATE_UNREADABLE', `cannot read ${path}: ${systemCode(error) ?? String(error)}`, {
      hint: 'Run `stackctl up` to render it again.',
      details: { file: path },
      cause: error,
    });
  }
}

interface ComposeFile {
  readonly services?: Readonly<
    Record<string, { readonly image?: string; readonly labels?: Readonly<Record<string, string>> }>
  >;
}
