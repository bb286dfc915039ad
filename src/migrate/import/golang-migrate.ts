import type { Problem } from '../../stack/source/problem.ts';
import { byVersion } from './order.ts';
import { type Conversion, type Draft, type ForeignTool, linesOf, problemAt, type SourceFile } from './tool.ts';

/** Pairs `000001_title.up.sql` and `000001_title.down.sql`. Nothing in a file is a mark. */
export const GOLANG_MIGRATE: ForeignTool = {
  name: 'golang-migrate',
  recognise: (files) => files.some(({ name }) => HALF.test(name)),
  convert: (files) => pairs(files.flatMap(halfOf)),
};

const HALF = /^(?<version>\d+)_(?<title>[^/]*)\.(?<part>up|down)\.sql$/i;

interface Half {
  readonly file: SourceFile;
  readonly version: string;
  readonly title: string;
  readonly part: string;
}

function halfOf(file: SourceFile): readonly Half[] {
  const { version, title, part } = HALF.exec(file.name)?.groups ?? {};
  if (version === undefined || title === undefined || part === undefined) return [];
  return [{ file, version, title, part: part.toLowerCase() }];
}

function pairs(halves: readonly Half[]): Conversion {
  const ups = halves.filter(({ part }) => part === 'up').toSorted(byVersion);
  const downs = halves.filter(({ part }) => part === 'down').toSorted(byVersion);
  const isSame = (a: Half, b: Half): boolean => byVersion(a, b) === 0;
  const twice = [ups, downs].flatMap((part) =>
    part.filter((half, index) => index > 0 && isSame(half, part[index - 1] as Half)).map(sameVersion),
  );
  const lonely = downs.filter((down) => !ups.some((up) => isSame(up, down)));
  return {
    migrations: ups.map((up) =>
      draftOf(
        up,
        downs.find((down) => isSame(up, down)),
      ),
    ),
    problems: [...twice, ...lonely.map(withoutUp)],
    notes: [],
  };
}

function draftOf(up: Half, down: Half | undefined): Draft {
  return {
    version: up.version,
    title: up.title,
    sources: [up.file.name, ...(down === undefined ? [] : [down.file.name])],
    up: { lines: linesOf(up.file), transaction: undefined },
    down: { lines: down === undefined ? [] : linesOf(down.file), transaction: undefined },
    notes: [],
  };
}

function sameVersion({ file, version }: Half): Problem {
  return problemAt(
    { path: file.path, line: 1 },
    `another file has version ${version} too: give one of them another number`,
  );
}

function withoutUp({ file, version, title }: Half): Problem {
  const message = `there is no ${version}_${title}.up.sql that this takes back: add it, or move this file away`;
  return problemAt({ path: file.path, line: 1 }, message);
}
