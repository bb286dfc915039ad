import type { ClientReport } from '../failover/clients/client-report.ts';
import type { RunReport } from '../failover/run-report.ts';

/** What the own writer and each application's client made of a run, side by side. */
export interface ClientTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function clientTable(run: Pick<RunReport, 'clients' | keyof OfWriter>): ClientTable {
  const { clients = [] } = run;
  const names = clientNames(clients);
  const reads = clients.some(({ wentBack }) => wentBack !== null);
  const last = (cell: string): readonly string[] => (reads ? [cell] : []);
  return {
    heads: [
      'client',
      'outage',
      'slowest write',
      'waited at once',
      'acked',
      'unknown',
      'of these stored',
      'lost',
      'stored twice',
      ...last('reads went back'),
    ],
    rows: [
      ["stackctl's own", outageCell(run), '', '', ...countCells(run), ...last('')],
      ...clients.map((client, index) => [
        names[index] ?? client.name,
        outageCell(client),
        client.maxLatencyMs === null ? '–' : `${Math.round(client.maxLatencyMs)} ms`,
        String(client.mostWaiting),
        ...countCells(client),
        ...last(client.wentBack === null ? '' : String(client.wentBack)),
      ]),
    ],
  };
}

/** By what an adapter says that it is; where two say the same, or nothing, as it was named. */
export function clientNames(clients: readonly Pick<ClientReport, 'name' | 'title'>[]): readonly string[] {
  const isAlone = (title: string): boolean => clients.filter((other) => other.title === title).length === 1;
  return clients.map(({ name, title }) => (title !== null && isAlone(title) ? title : name));
}

type OfWriter = Pick<
  ClientReport,
  'outageMs' | 'resolutionMs' | 'acked' | 'unknown' | 'recovered' | 'lost' | 'lostUnexplained' | 'duplicates'
>;

function outageCell({ outageMs, resolutionMs, acked }: OfWriter): string {
  if (acked === 0) return 'never wrote';
  return outageMs === null ? 'not over' : `${Math.round(outageMs)} ms ± ${Math.ceil(resolutionMs)} ms`;
}

/** Of those whose outcome it does not know, how many were applied: what an application repeats is there twice then. */
function countCells({ acked, unknown, recovered, lost, lostUnexplained, duplicates }: OfWriter): readonly string[] {
  const known = (count: number | null): string => (count === null ? 'not known' : String(count));
  // Not everything that can be written shows them.
  const shown = (count: number | null): string => (lost !== null && count === null ? '–' : known(count));
  const gone = lost === null || lost === lostUnexplained ? known(lost) : `${lost} (${lostUnexplained} unexplained)`;
  return [String(acked), String(unknown), shown(recovered), gone, shown(duplicates)];
}
