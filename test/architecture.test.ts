import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { circlesIn } from './architecture/circles.ts';
import { processViolations, stepViolations } from './architecture/house-rules.ts';
import { importViolations, unknownModules } from './architecture/import-table.ts';
import { libraryViolations, startUpViolations } from './architecture/libraries.ts';
import { type Program, readProgram } from './architecture/program.ts';
import { roomViolations, unknownRooms } from './architecture/rooms.ts';
import { readSources, sizeViolations } from './architecture/sizes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let src: Program;
beforeAll(async () => {
  src = await readProgram(`${ROOT}src`);
});

test('every folder of src is in the table, and imports only what the table allows', () => {
  expect(src.edges.length).toBeGreaterThan(500);
  expect(unknownModules(src)).toEqual([]);
  expect(importViolations(src)).toEqual([]);
});

test('every room is in the table of its folder, and imports only what that allows', () => {
  expect(unknownRooms(src)).toEqual([]);
  expect(roomViolations(src)).toEqual([]);
});

test('no files know each other in a circle, not even by types', () => {
  expect(circlesIn(src)).toEqual([]);
});

test('each library is loaded only where it belongs', () => {
  expect(libraryViolations(src)).toEqual([]);
});

test('the program starts without any library, and a command without those that only some runs need', () => {
  expect(startUpViolations(src)).toEqual([]);
});

test('only programs read argv and the environment and end the process', () => {
  expect(processViolations(src)).toEqual([]);
});

test('only lib/events.ts says how a step goes', () => {
  expect(stepViolations(src)).toEqual([]);
});

test('a file has at most 200 lines and a function at most 60', () => {
  const sources = readSources(ROOT);
  expect(sources.length).toBeGreaterThan(500);
  expect(sizeViolations(sources)).toEqual([]);
});
