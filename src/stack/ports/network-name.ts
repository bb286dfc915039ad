/**
 * The network's name, unless another project or a stranger has a network of that name: then one that only this project
 * can have.
 * @param taken network name -> id of the stackctl project that owns it, undefined for a stranger's.
 */
export function pickNetworkName(
  wanted: string,
  projectId: string,
  taken: ReadonlyMap<string, string | undefined>,
): string {
  const isOurs = (name: string) => !taken.has(name) || taken.get(name) === projectId;
  if (isOurs(wanted)) return wanted;
  const own = `${wanted}-${projectId}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? own : `${own}-${number}`;
    if (isOurs(name)) return name;
  }
}
