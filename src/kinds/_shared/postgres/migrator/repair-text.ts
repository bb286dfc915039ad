/** The two ways on from a statement that may be in effect, as commands. @param index of the statement, from 0. */
export function repairText(name: string, index: number): string {
  const where = `WHERE name = '${name.replaceAll("'", "''")}'`;
  const isDone = `UPDATE stackctl.migrations SET statements_done = ${index + 1}, done_checksum = NULL, under_way = NULL ${where}`;
  const isNot = `UPDATE stackctl.migrations SET under_way = NULL ${where}`;
  return `See whether it is in effect. If it is: \`${isDone}\`. If it is not, or may run again: \`${isNot}\`. Then run \`stackctl migrate up\` again.`;
}
