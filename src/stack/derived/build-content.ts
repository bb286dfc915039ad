import { createHash } from 'node:crypto';
import type { BuildSource } from '../contract/model.ts';

/** What an image is built from as one short text, for the label `content`: when it changes, the image is built again. Pure. */
export function buildContent({ content, args }: BuildSource): string {
  return createHash('sha256')
    .update(JSON.stringify([content, args]))
    .digest('hex')
    .slice(0, 16);
}
