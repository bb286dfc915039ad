/** `node start-and-die.mjs FOLDER`: starts the fixture stack there, in a process that a test can kill. */

import { projectPaths } from '../../src/project/paths.ts';
import { render } from '../../src/render/render.ts';
import { openReplace } from '../../src/render/replace-rendered.ts';
import { open } from '../../src/runtimes/process/open.ts';
import { instancesOf } from '../../src/stack/contract/model.ts';
import { fixtureStack } from './fixture-kind.ts';
import { PROCESS } from './runtime-facts.ts';

const [folder = ''] = process.argv.slice(2);
const paths = projectPaths(folder, 'fixture');
const identity = { name: 'fixture', id: 'fixture', folder };
const stack = fixtureStack({ ...identity, runtime: PROCESS, image: '', network: undefined, marker: 'one', count: 3 });
await openReplace({ paths, rendered: render(stack), observed: [], keepUnknown: false });
const runtime = await open({ projectId: 'fixture', paths, env: process.env });
console.log('starting');
const names = instancesOf(stack).map(({ name }) => name);
await runtime.start(stack, names, { signal: new AbortController().signal });
console.log('started');
