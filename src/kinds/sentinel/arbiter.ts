import type { ArbiterCapability, PrimaryAnswer } from '../../stack/contract/arbiter.ts';
import type { RecordedPrimary, ServiceInput } from '../../stack/contract/model.ts';
import type { ProbeTable } from '../../stack/contract/probe.ts';
import { passwordOrNone } from '../_shared/redis/config-text.ts';
import { readConfig } from '../_shared/redis/read-config.ts';
import { sentinelLines } from './monitor-line.ts';
import { instanceAt } from './monitored.ts';
import { newestAnswer } from './newest-answer.ts';
import type { SentinelOptions } from './options.ts';
import type { SentinelFacts } from './probe.ts';

type Input = ServiceInput<SentinelOptions>;

/** The Sentinels know who the master is and can move it. What needs a connection is loaded when it is called. */
export const arbiter: ArbiterCapability<SentinelOptions> = {
  groupName: ({ service }) => service.options.masterName,
  password: ({ service }) => passwordOrNone(service.options.password),
  askPrimary: async (input, signal) => (await import('./ask.ts')).askPrimary(input, signal),
  probedPrimary,
  stateFile: 'sentinel.conf',
  parseState,
  forget: async (input, gone, signal) => (await import('./forget.ts')).forget(input, gone, signal),
  handOver: async (input, wish, signal) => (await import('./hand-over/hand-over.ts')).handOver(input, wish, signal),
};

/** A Sentinel that did not answer has no facts. */
function probedPrimary(input: Input, probes: ProbeTable): PrimaryAnswer {
  const views = input.service.instances.flatMap(({ name }) => {
    const { masterAddress: address, epoch, flags } = (probes.get(name)?.facts ?? {}) as Partial<SentinelFacts>;
    return address === undefined || epoch === undefined || flags === undefined ? [] : [{ address, epoch, flags }];
  });
  return newestAnswer(input, views);
}

/** The master that a Sentinel wrote down: `sentinel monitor <name> <ip> <port> <quorum>` and its configuration epoch. */
function parseState(input: Input, text: string): RecordedPrimary | undefined {
  const group = input.service.options.masterName;
  const lines = readConfig(text);
  const find = (directive: string) =>
    sentinelLines(lines, directive)
      .map(({ args = [] }) => args.map((argument) => argument.text))
      .find(([, name]) => name === group);
  const [, , host, port] = find('monitor') ?? [];
  const instance = instanceAt(input, `${host}:${port}`);
  return instance === undefined
    ? undefined
    : { instance: instance.name, epoch: Number(find('config-epoch')?.[2] ?? 0) };
}
