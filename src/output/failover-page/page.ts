import type { FailoverReport } from '../../failover/failover-test.ts';
import type { RunPicture } from '../../failover/lanes.ts';
import type { LatencyRow } from '../../failover/latency.ts';
import type { RunReport } from '../../failover/run-report.ts';
import { runNames } from '../failover.ts';
import { clientNames, clientTable } from '../failover-clients.ts';
import { outageText } from '../failover-run.ts';
import { documentOf, verdictMarkup } from '../page/document.ts';
import { escaped, tableMarkup } from '../page/markup.ts';
import { figures } from './figures.ts';
import { pictureMarkup } from './picture.ts';
import { SCRIPT } from './script.ts';

export interface PageInput {
  readonly report: Pick<
    FailoverReport,
    'verdict' | 'runs' | 'refused' | 'unfinished' | 'baseline' | 'seed' | 'isSelfTest'
  >;
  /** Of each run, in the same order. */
  readonly pictures: readonly (RunPicture | undefined)[];
  /** What the page was made with, e.g. `stackctl 1.0.0`. */
  readonly madeBy: string;
}

/** One page that needs nothing else: no other file, no network, and no script to be read. */
export function failoverPage({ report, pictures, madeBy }: PageInput): string {
  const { verdict, runs, refused = [], unfinished = [], baseline, seed, isSelfTest = false } = report;
  const left = [
    ...refused.map(({ scenario, reason }) => [scenario, 'not tried here', reason]),
    ...unfinished.map(({ scenario, reason }) => [scenario, 'not carried through', reason]),
    ...(baseline?.worse ?? []).map((text) => ['baseline', 'worse', text]),
    ...(baseline?.notCompared ?? []).map((text) => ['baseline', 'not compared', text]),
  ];
  const names = runNames(runs);
  const sections = runs.map((run, index) => runMarkup(run, names[index] ?? run.scenario, pictures[index], index));
  return documentOf({
    title: `Failover test: ${verdict}`,
    header: [
      `<h1>${isSelfTest ? 'Self-test of the failover test' : 'Failover test'} ${verdictMarkup(verdict)}</h1>`,
      `<p>${escaped(madeBy)}${seed === undefined ? '' : `, seed ${seed}`}</p>`,
      ...(isSelfTest ? ['<p>Each of these set-ups is known to be bad: the test passes when every run fails.</p>'] : []),
    ],
    main: [
      ...(runs.length > 1 ? [overviewMarkup(runs, names)] : []),
      ...(left.length > 0 ? ['<h2>Beside the runs</h2>', tableMarkup(['', '', 'why'], left)] : []),
      ...sections,
    ],
    script: SCRIPT,
  });
}

function overviewMarkup(runs: readonly RunReport[], names: readonly string[]): string {
  const rows = runs.map((run, index) => {
    const { verdict, lost, acked } = run;
    const link = `<a href="#run-${index + 1}">${escaped(names[index] ?? run.scenario)}</a>`;
    const cells = [outageText(run), lost === null ? 'not known' : `${lost} of ${acked}`];
    return `<tr><th scope="row">${link}</th><td>${verdictMarkup(verdict)}</td>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  const head =
    '<thead><tr><th scope="col">scenario</th><th scope="col">verdict</th><th scope="col">write outage</th><th scope="col">lost</th></tr></thead>';
  return `<div class="wide"><table>${head}<tbody>${rows.join('')}</tbody></table></div>`;
}

function runMarkup(run: RunReport, name: string, picture: RunPicture | undefined, index: number): string {
  const { verdict, reasons, invariants } = run;
  const clients = clientTable(run);
  return [
    `<section id="run-${index + 1}">`,
    `<h2>${escaped(name)} ${verdictMarkup(verdict)}</h2>`,
    ...(reasons.length === 0 ? [] : [`<ul>${reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>`]),
    ...(picture === undefined ? [] : [drawnMarkup(run, picture, index)]),
    '<h3>Figures</h3>',
    tableMarkup(['figure', 'value'], figures(run)),
    ...(run.clients === undefined ? [] : ['<h3>Clients</h3>', tableMarkup(clients.heads, clients.rows)]),
    ...(run.lostRanges.length === 0 ? [] : ['<h3>Lost writes</h3>', lostMarkup(run)]),
    ...(picture === undefined ? [] : ['<h3>Latency from when a write was due</h3>', latencyMarkup(picture.latencies)]),
    '<h3>What has to hold</h3>',
    tableMarkup(
      ['invariant', 'outcome', 'why'],
      invariants.map(({ name: what, outcome, reason }) => [what, outcome, reason ?? '']),
    ),
    '</section>',
  ].join('\n');
}

function drawnMarkup({ fault, clients = [] }: RunReport, { lanes }: RunPicture, index: number): string {
  const legend = [
    ['master', 'says that it is the master'],
    ['replica', 'says that it is a replica'],
    ['lost', 'acknowledged, and lost'],
    ['acked', 'acknowledged'],
    ['failed', 'refused'],
    ['unknown', 'no answer'],
  ].map(([look, text]) => `<li><span class="${look}"></span>${text}</li>`);
  const shown = clientNames(clients);
  const titles = new Map(clients.map(({ name }, of) => [name, shown[of] ?? name]));
  const picture = pictureMarkup(lanes, { id: `stretch-${index}`, fault, titles });
  return `<figure><div class="wide">${picture}</div><figcaption><ul class="legend">${legend.join('')}</ul><p class="scripted" hidden>Wheel: zoom. Drag: move. Double click: all.</p></figcaption></figure>`;
}

function lostMarkup({ lostRanges, remedies = [] }: RunReport): string {
  const rows = lostRanges.map(({ from, to, node, firstMs, lastMs, phase }) => [
    from === to ? `${from}` : `${from} to ${to}`,
    to - from + 1,
    node,
    `${Math.round(firstMs)} to ${Math.round(lastMs)} ms`,
    phase,
  ]);
  const table = tableMarkup(['values', 'how many', 'acknowledged by', 'after the fault', 'when'], rows);
  return remedies.length === 0
    ? table
    : `${table}<ul>${remedies.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`;
}

function latencyMarkup(rows: readonly LatencyRow[]): string {
  return tableMarkup(
    ['', 'writes', 'acked', 'p50 ms', 'p99 ms', 'max ms'],
    rows.map(({ phase, writes, acked, p50Ms, p99Ms, maxMs }) => [
      `${phase} the outage`,
      ...[writes, acked, p50Ms, p99Ms, maxMs].map((value) => value ?? '–'),
    ]),
  );
}
