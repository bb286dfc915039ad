/** A name of stack.yaml as (a part of) the name of a variable: `test-app` -> `TEST_APP`. */
export function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
