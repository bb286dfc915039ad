/** Names of stacks, services and projects: they become DNS names, folder names and parts of Docker names. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,40}$/;

export const NAME_RULE =
  'must start with a lower-case letter or a digit and go on with at most 40 lower-case letters, digits or dashes';

/** Names that every object of JavaScript has (`constructor`): a table by names would find them although it has no such entry. */
export function isReserved(name: string): boolean {
  return name in Object.prototype;
}

export const RESERVED_RULE = 'is a name that is reserved: choose another one';
