/** `pg>=16`, which a migration file may require. Minor versions bring nothing that a schema could need. */
export const MAJOR_VERSION = { name: 'pg>=N', pattern: /^pg>=(\d+)$/ };
