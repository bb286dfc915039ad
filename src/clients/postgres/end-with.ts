import type { Client } from 'pg';
import { cut } from './connect.ts';

/**
 * Runs `use`. `graceMs` after the signal has aborted the connections are cut, so that whatever still waits ends: a frozen
 * server does not even answer that it has cancelled a statement.
 */
export async function endWith<T>(
  {
    clients,
    signal,
    graceMs,
  }: { readonly clients: ReadonlySet<Client>; readonly signal: AbortSignal; readonly graceMs: number },
  use: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    timer = setTimeout(() => [...clients].forEach(cut), graceMs);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  try {
    return await use();
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(timer);
  }
}
