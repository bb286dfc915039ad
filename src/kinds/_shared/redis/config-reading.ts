import type { ConfigRemark, FilledConfig } from '../../../stack/contract/files.ts';
import { argumentText, type ConfigLine, readConfig } from './read-config.ts';

/** A filled redis.conf or sentinel.conf, and remarks that name the place in the user's own file. */
export interface ConfigReading {
  readonly target: string;
  readonly lines: readonly ConfigLine[];
  /** Only the server reads the included files: a line that is missing here may be there. */
  readonly includes: boolean;
  /** @param argument which one to point to, from 0; the whole line without one. */
  refuse(line: ConfigLine | undefined, text: string, argument?: number): ConfigRemark;
  warn(line: ConfigLine, text: string): ConfigRemark;
}

export function readingOf({ target, text, origin }: FilledConfig): ConfigReading {
  const lines = readConfig(text);
  const remark = (refused: boolean, line: ConfigLine | undefined, message: string, argument?: number): ConfigRemark => {
    const column = argument === undefined ? line?.column : (line?.args?.[argument]?.column ?? line?.column);
    return { at: origin(line?.line ?? 1, column ?? 1), refused, text: message };
  };
  return {
    target,
    lines,
    includes: lines.some(({ name }) => name === 'include'),
    refuse: (line, message, argument) => remark(true, line, message, argument),
    warn: (line, message) => remark(false, line, message),
  };
}

export interface ServerPlace {
  readonly host: string;
  readonly port: number;
  /** Where the server keeps its data: the folder that it is started in. */
  readonly data: string | undefined;
  readonly inContainer: boolean;
}

/** Lines that the command line overrides (start-options.sh), and lines that it cannot override and that must not be there. */
export function checkServerLines(reading: ConfigReading, place: ServerPlace): readonly ConfigRemark[] {
  return reading.lines.flatMap((line): readonly ConfigRemark[] => {
    if (line.args === undefined) {
      return [reading.refuse(line, `${line.name}: a quote is not closed, or its end is not followed by a space`)];
    }
    const value = argumentText(line);
    if (line.name === 'include') {
      const text = `include ${value}: only the server reads that file, so stackctl checks nothing in it before the start; what stackctl decides wins over it, and a replicaof in it keeps a master from starting`;
      return [reading.warn(line, text)];
    }
    const refused = refusal(line, value, place);
    if (refused !== undefined) return [reading.refuse(line, refused)];
    const reason = overridden(line.name, value, place);
    return reason === undefined ? [] : [reading.warn(line, `${line.name} ${value} is not used: ${reason}`)];
  });
}

function refusal(
  { name, args = [] }: ConfigLine,
  value: string,
  { data, inContainer }: ServerPlace,
): string | undefined {
  if (name === 'dir' && !['.', './', data, `${data}/`].includes(value)) {
    const own = inContainer ? data : "the project's folder";
    return `dir ${value}: a server keeps its data in a folder of its own, ${own}; remove the line`;
  }
  if (name === 'unixsocket' && args[0]?.text.startsWith('/') === true) {
    return `unixsocket ${value}: every instance would use this one file; give a name without "/", which is in the server's own folder`;
  }
  return undefined;
}

const IN_ITS_LOG = 'stackctl starts and ends the server itself and reads what it prints (stackctl logs)';

/** Why the server does not use the value; undefined: it does, or the value is the same. */
function overridden(name: string, value: string, { host, port, inContainer }: ServerPlace): string | undefined {
  switch (name) {
    case 'port':
      return value === String(port) ? undefined : 'the server listens on the port that stack.yaml gives it ({{port}})';
    case 'bind':
      if (inContainer)
        return 'in a container the server listens on every address, and Docker publishes it on 127.0.0.1 alone';
      return value === host ? undefined : `the server listens on ${host} alone`;
    case 'protected-mode':
      return inContainer && value.toLowerCase() !== 'no' ? 'its neighbours reach it from other containers' : undefined;
    case 'daemonize':
    case 'supervised':
      return value.toLowerCase() === 'no' ? undefined : IN_ITS_LOG;
    case 'pidfile':
    case 'logfile':
      return value === '' ? undefined : IN_ITS_LOG;
    default:
      return undefined;
  }
}
