import type { AdoptReport } from '../adopt/adopt.ts';
import { groupBy } from '../lib/group-by.ts';
import { paint } from './paint.ts';
import { table } from './table.ts';

type Row = AdoptReport['services'][number];

/** What a Compose file became: a table of services, what stays out, and everything that is not as it was. Shows no secret. */
export function adoptText(report: AdoptReport): string {
  const { services, renamed, staysOut, changed, leftOut, secrets, remarks } = report;
  const notes = [...changed, ...leftOut.map(({ service, what }) => ({ service, what: `left out: ${what}` }))];
  return [
    table(COLUMNS, services),
    ...section(
      'Called otherwise',
      renamed.map(({ from, to }) => `${from} is ${to}`),
    ),
    ...section(
      'Stays out',
      staysOut.map(({ service, why }) => `${service}: ${why}`),
    ),
    ...[...groupBy(notes, ({ service }) => service)].flatMap(([service, all]) =>
      section(
        service,
        all.map(({ what }) => what),
      ),
    ),
    ...section(
      'Secrets',
      secrets.map(({ value, of, kept }) => `${value}: ${of}${kept ? ', in stackctl.local.yaml' : ''}`),
    ),
    ...section('Notes', remarks),
  ].join('\n');
}

const COLUMNS = [
  { title: 'service', cell: ({ name }: Row) => name },
  { title: 'kind', cell: ({ kind }: Row) => kind },
  { title: 'image', cell: ({ image, build }: Row) => image ?? `built from ${build}` },
  {
    title: 'ports',
    cell: ({ ports }: Row) =>
      Object.entries(ports)
        .map(([name, port]) => (port === null ? name : `${name} ${port}`))
        .join(', '),
  },
];

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map((line) => `  ${line}`)];
}
