/** The two ways on from a statement that may be in effect, as commands. @param index of the statement, from 0. */
export function repairText(name: string, index: number): string {
  const goOn = (done: number): string => `\`stackctl migrate repair --statements-done ${name}=${done}\``;
  return `See whether it is in effect. If it is: ${goOn(index + 1)}. If it is not, or may run again: ${goOn(index)}. Then run \`stackctl migrate up\` again.`;
}
