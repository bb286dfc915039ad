import pg, { type Client } from 'pg';

/** What pg hands to a query while the server waits for data; its types do not have it. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Runs one COPY … FROM stdin with its data. @param data lines as COPY reads them, without the `\.` of psql.
 * @throws the server's error, as `client.query` does.
 */
export function copyIn(client: Client, text: string, data: string | Buffer): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null): void => (error === null ? resolve() : reject(error));
    const handleCopyInResponse = (connection: CopyConnection): void => {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
        connection.sendCopyFromChunk(bytes.subarray(at, at + CHUNK_BYTES));
      connection.endCopyFrom();
    };
    client.query(Object.assign(new pg.Query(text), { callback, handleCopyInResponse }));
  });
}

/** Line of the data, from 1, that the server refuses; undefined: it named none. It says so only in words, of its language. */
export function copyLine(error: unknown): number | undefined {
  const { where } = error as { readonly where?: unknown };
  const line = typeof where === 'string' ? /^COPY .*?, \p{L}+ (\d+)\b/mu.exec(where)?.[1] : undefined;
  return line === undefined ? undefined : Number(line);
}
