/** The services that packages would start at boot, from the paths of their files (`dpkg-query -L`). Templates start nothing. */
export function serviceUnits(paths: readonly string[]): readonly string[] {
  const units = paths.flatMap(
    (path) => /^(?:\/usr)?\/lib\/systemd\/system\/([^/@]+\.(?:service|socket))$/.exec(path)?.[1] ?? [],
  );
  const scripts = paths.flatMap((path) => /^\/etc\/init\.d\/([^/]+)$/.exec(path)?.[1] ?? []);
  return [...new Set([...units, ...scripts.map((name) => `${name}.service`)])];
}
