import { sha256 } from '../../lib/sha256.ts';
import type { BuildSource } from '../contract/model.ts';

/** What an image is built from as one short text, for the label `content`: when it changes, the image is built again. Pure. */
export function buildContent({ content, args, file, target }: BuildSource): string {
  const stage = file === undefined && target === undefined ? [] : [file, target];
  return sha256(JSON.stringify([content, args, ...stage])).slice(0, 16);
}
