import { createHash } from 'node:crypto';

/**
 * The cluster's id: 16 bytes as base64url, made from the project's id. The same data is then the same cluster, in
 * a new container too.
 */
export function clusterIdOf(projectId: string, service: string): string {
  const bytes = createHash('sha256').update(`kafka ${projectId} ${service}`).digest().subarray(0, 16);
  // A leading dash would be taken for an option by the program that formats the storage.
  return bytes.toString('base64url').replace(/^-/, 'A');
}
