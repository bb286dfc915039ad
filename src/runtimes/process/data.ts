import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../errors.ts';
import { listFolders } from '../../programs/supervisor/protocol/instance-files.ts';
import type { DataItem } from '../../stack/contract/runtime.ts';

/** The data folders that are there now, of removed instances too, with the bytes that they take on the disk. */
export async function listData(instances: string): Promise<readonly DataItem[]> {
  const items: DataItem[] = [];
  for (const { name, data } of await listFolders(instances)) {
    const usedBytes = await usedBy(data);
    if (usedBytes !== undefined) items.push({ name: data, instance: name, usedBytes });
  }
  return items;
}

/** Servers create and delete files meanwhile: what is gone counts nothing. */
async function usedBy(path: string): Promise<number | undefined> {
  try {
    const found = await lstat(path);
    const own = found.blocks * 512;
    if (!found.isDirectory()) return own;
    const inside = await Promise.all((await readdir(path)).map((name) => usedBy(join(path, name))));
    return inside.reduce<number>((sum, bytes) => sum + (bytes ?? 0), own);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
