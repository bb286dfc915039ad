/** stackctl as a library: a service of several instances behind another one. */
import { describe, expect, test } from 'vitest';
import { openLibrary } from '../../support/library.ts';
import { RUNTIMES, requireRuntime } from '../../support/require.ts';

describe.each(RUNTIMES)('on %s', (runtime) => {
  test('each instance of a scaled service is reached by its own address, and all by one', async (context) => {
    requireRuntime(context, runtime);
    await using library = await openLibrary(runtime);
    const stack = await library.up('event-tracking', { scale: { backend: 2 }, services: ['gateway'] });
    const { url, instances } = stack.connection('backend');
    expect(instances.map(({ name }) => name)).toEqual(['backend-1', 'backend-2']);
    const addresses = [url, ...instances.map(({ host, port }) => `http://${host}:${port}`)];
    expect(new Set(addresses).size).toBe(3);
    for (const address of addresses) expect((await fetch(`${address}/health`)).status).toBe(200);
    expect(stack.env('backend')).toMatchObject({ BACKEND_URL: url });
    await stack.dispose();
    expect(await library.traces(stack)).toEqual([]);
  });
});
