const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;

/**
 * The environment of a server or of the supervisor: what a program needs to run at all, and what was declared. The rest
 * of the user's shell stays out, as it does with containers: a restart tomorrow must not depend on today's terminal.
 */
export function serverEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  declared: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const passedOn = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]),
  );
  return { ...Object.fromEntries(passedOn), ...declared };
}
