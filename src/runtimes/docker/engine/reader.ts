import http from 'node:http';
import https from 'node:https';
import type { Connection } from './connection.ts';

/**
 * One GET of the Engine API. For what every command asks (is there an Engine, what runs): loading dockerode takes longer
 * than the question.
 *
 * @throws an Error with `statusCode` for an answer that is not 2xx (as dockerode does), one with a system `code` when
 * nothing answers, the signal's reason when it aborts.
 */
export async function getJson<T>(connection: Connection, path: string, signal?: AbortSignal): Promise<T> {
  return JSON.parse(await getText(connection, path, signal)) as T;
}

/** The same for an answer that is not one JSON document. */
export async function getText(connection: Connection, path: string, signal?: AbortSignal): Promise<string> {
  const { status, text } = await get(connection, path, signal);
  if (status < 200 || status > 299)
    throw Object.assign(new Error(`HTTP ${status}: ${text.trim()}`), { statusCode: status });
  return text;
}

function get(
  connection: Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string }> {
  const { protocol, ...options } = connection;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(signal?.aborted ? (signal.reason as Error) : error);
    const request = (protocol === 'https' ? https : http).get(
      { ...options, path, ...(signal && { signal }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on('error', fail);
  });
}
