/** Reports for CI in the form that JUnit's Ant task made common: https://github.com/testmoapp/junitxml. Pure. */

import { defined } from '../lib/defined.ts';

export interface JunitSuite {
  readonly name: string;
  /** ISO 8601, UTC; undefined for what was not tried. */
  readonly timestamp: string | undefined;
  readonly properties: Readonly<Record<string, string | number>>;
  readonly cases: readonly JunitCase[];
}

export interface JunitCase {
  readonly name: string;
  /** How long it took; absent where that says nothing. */
  readonly seconds?: number;
  /** `failure`: it does not hold; `error`: it could not be found out; `skipped`: it was not tried. Absent: it holds. */
  readonly problem?: { readonly type: 'failure' | 'error' | 'skipped'; readonly message: string };
  /** What else was told meanwhile, shown beside the case. */
  readonly output?: string;
}

export function junitText(name: string, suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...counts(cases) })}>`,
    ...suites.map(suiteText),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteText({ name, timestamp, properties, cases }: JunitSuite): string {
  return [
    `  <testsuite ${attributes({ name, ...defined({ timestamp }), ...counts(cases) })}>`,
    '    <properties>',
    ...Object.entries(properties).map(([key, value]) => `      <property ${attributes({ name: key, value })}/>`),
    '    </properties>',
    ...cases.map((one) => caseText(name, one)),
    '  </testsuite>',
  ].join('\n');
}

function caseText(suite: string, { name, seconds, problem, output }: JunitCase): string {
  const opening = `    <testcase ${attributes({ classname: suite, name, ...defined({ time: seconds?.toFixed(3) }) })}`;
  const parts = [
    ...(problem === undefined ? [] : [`<${problem.type} ${attributes({ message: problem.message })}/>`]),
    ...(output === undefined ? [] : [`<system-out>${escaped(output)}</system-out>`]),
  ];
  if (parts.length === 0) return `${opening}/>`;
  return [`${opening}>`, ...parts.map((part) => `      ${part}`), '    </testcase>'].join('\n');
}

function counts(cases: readonly JunitCase[]) {
  const ofType = (type: string): number => cases.filter(({ problem }) => problem?.type === type).length;
  return { tests: cases.length, failures: ofType('failure'), errors: ofType('error'), skipped: ofType('skipped') };
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** What XML 1.0 cannot hold becomes a replacement character; line breaks stay, as references. */
function escaped(text: string): string {
  return text
    .replace(NO_XML, '\uFFFD')
    .replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one)
    .replace(/[\t\n\r]/g, (one) => `&#${one.charCodeAt(0)};`);
}

const NO_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
