import type { Problem } from '../../stack/source/problem.ts';
import { linesOf, problemAt, type SourceFile, type SourceLine } from './tool.ts';

/** What the file `NAME.sql.conf` beside a file of Flyway says. */
export interface FlywaySettings {
  /** Undefined: the statements decide. */
  readonly transaction: boolean | undefined;
  readonly placeholders: boolean;
  /** False: Flyway leaves the file out everywhere. */
  readonly executed: boolean;
  readonly problems: readonly Problem[];
}

/** @param conf undefined: there is none. Pure. */
export function flywaySettings(conf: SourceFile | undefined): FlywaySettings {
  const settings = conf === undefined ? [] : linesOf(conf).flatMap(settingIn);
  const last = (key: string): string | undefined => settings.findLast((setting) => setting.key === key)?.value;
  const transaction = last('executeInTransaction');
  return {
    transaction: transaction === 'false' ? false : transaction === 'true' ? true : undefined,
    placeholders: last('placeholderReplacement') !== 'false',
    executed: last('shouldExecute') !== 'false',
    problems: settings.flatMap(({ key, value, line }) => {
      const message = mistakeIn(key, value);
      return message === undefined ? [] : [problemAt(line, message)];
    }),
  };
}

interface Setting {
  readonly key: string;
  readonly value: string;
  readonly line: SourceLine;
}

function settingIn(line: SourceLine): readonly Setting[] {
  const [, key, value] = /^\s*([^\s#=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line.text) ?? [];
  return key === undefined || value === undefined ? [] : [{ key, value, line }];
}

function mistakeIn(key: string, value: string): string | undefined {
  switch (key) {
    case 'executeInTransaction':
    case 'placeholderReplacement':
      return /^(true|false)$/.test(value) ? undefined : `${key} must be true or false`;
    case 'shouldExecute':
      return /^(true|false)$/.test(value)
        ? undefined
        : 'whether this file runs depends on where: decide it, and write true or false';
    case 'encoding':
      return /^utf-?8$/i.test(value) ? undefined : `the file is ${value}: save it as UTF-8 and take this line out`;
    default:
      return `Flyway has no setting "${key}" for one file: correct it or take it out`;
  }
}
