import { VERSION } from '../../version.ts';

/** What runs here: of stackctl, of Node.js, and the platform. */
export function versions(): Readonly<Record<'stackctl' | 'node' | 'platform', string>> {
  return { stackctl: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}
