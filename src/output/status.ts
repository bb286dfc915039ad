import type { InstanceView, ServiceView, StatusView } from '../lifecycle/status.ts';
import { factsText } from './facts.ts';
import { failoverLines, otherFacts } from './failover-possible.ts';
import { paint } from './paint.ts';
import { type Column, table } from './table.ts';
import { sickLines, verdictText } from './verdict.ts';

/** What `status` and `up` print: a headline, the instances, why something is not healthy, and how to connect. */
export function statusText(view: StatusView): string {
  const headline = `${view.project}  ${view.stack} on ${view.runtime}  ${verdictText(view)}`;
  const sections = [
    headline,
    table(columnsFor(view.instances), view.instances),
    reasonsText(view.instances),
    surplusText(view),
    ...view.services.map(serviceText),
    connectText(view.services),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function columnsFor(instances: readonly InstanceView[]): readonly Column<InstanceView>[] {
  const replicated = instances.some(({ facts }) => 'offset' in facts);
  return [
    { title: 'instance', cell: ({ name }) => name },
    { title: 'role', cell: ({ role }) => role ?? '-' },
    { title: 'health', cell: ({ health }) => paint(health === 'healthy' ? 'green' : 'red', health) },
    { title: 'on this machine', cell: ({ client }) => client },
    { title: 'inside', cell: ({ peer }) => peer },
    ...(replicated ? replicationColumns : []),
    { title: 'restarts', cell: ({ restarts }) => String(restarts), align: 'right' },
  ];
}

const replicationColumns: readonly Column<InstanceView>[] = [
  { title: 'offset', cell: ({ facts }) => factText(facts.offset), align: 'right' },
  { title: 'lag (bytes)', cell: ({ facts }) => factText(facts.lagBytes), align: 'right' },
];

function factText(value: unknown): string {
  return value === undefined ? '' : String(value);
}

function reasonsText(instances: readonly InstanceView[]): string {
  // One line for all: that each of them is missing is in the table.
  if (instances.every(({ health }) => health === 'missing')) return 'nothing is there: stackctl up starts it';
  return instances
    .flatMap((view) => [
      ...sickLines(view).map((reason) => `${paint('red', view.name)}: ${reason}`),
      ...view.degraded.map((what) => `${paint('yellow', view.name)}: degraded: ${what}`),
    ])
    .join('\n');
}

function surplusText({ surplus, services }: StatusView): string {
  const what = 'runs, but the stack has no such instance: `stackctl up` removes it';
  return surplus
    .map((name) => {
      const isOfService = services.some((service) => service.name === name.replace(/-\d+$/, ''));
      return `${paint('yellow', name)}: ${what}${isOfService ? ', `stackctl scale` can keep it' : ''}`;
    })
    .join('\n');
}

/** `sentinel: master name kasagi-master, master redis-1, quorum 2, …` */
function serviceText(service: ServiceView): string {
  const { name, facts } = service;
  const text = factsText(otherFacts(facts));
  return [...(text === '' ? [] : [`${paint('bold', name)}: ${text}`]), ...failoverLines(service)].join('\n');
}

/** The shared addresses, and where the rest of what a client needs is: too much for a line, and partly secret. */
function connectText(services: readonly ServiceView[]): string {
  const shared = services.flatMap(({ name, through, urls }) =>
    through === null ? [] : [`${paint('bold', name)}: ${urls[name] ?? '-'} (through ${through})`],
  );
  const variables = services.some(({ urls }) => Object.keys(urls).length > 0) ? ['stackctl env (variables)'] : [];
  const options = services.some(({ ioredis }) => ioredis !== null)
    ? ['stackctl env --format ioredis (its options)']
    : [];
  const more = [...variables, ...options];
  return [...shared, ...(more.length === 0 ? [] : [`to connect: ${more.join(', ')}`])].join('\n');
}
