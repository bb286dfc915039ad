import { readFile } from 'node:fs/promises';

/**
 * zod keeps its settings and its registry in globalThis, where another zod of the same process would find them. In the
 * library they are its own, with the setting that the program makes in its banner.
 */
export const ownZod = {
  name: 'own-zod',
  setup: (bundler) => {
    bundler.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]core[/\\](core|registries)\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const own = 'const ownGlobal={__zod_globalConfig:{jitless:true}};\n';
      return { contents: own + text.replaceAll('globalThis', 'ownGlobal') };
    });
  },
};
