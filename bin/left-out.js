import { readFile } from 'node:fs/promises';

/**
 * Parts of libraries that stackctl never comes to. They are most of dockerode's size and of the time that it takes to load:
 * BuildKit over gRPC, an Engine over ssh, and build contexts (images are built with the docker command); commander loads
 * what starts programs, for subcommands that are programs; ioredis loads its client of a cluster with each other client.
 * File -> what it asks for.
 */
const LEFT_OUT = {
  'dockerode/lib/docker.js': ['./session', './buildkit'],
  'dockerode/lib/util.js': ['tar-fs', '@balena/dockerignore'],
  'docker-modem/lib/modem.js': ['./ssh'],
  'commander/lib/command.js': ['node:child_process'],
  'ioredis/built/Redis.js': ['./cluster'],
  'ioredis/built/index.js': ['./cluster'],
};

/**
 * A question of a library whose answer is known, and to ask it takes longer than all else of it: pg makes a Response to see
 * whether it runs at Cloudflare, for which Node.js loads its HTTP client (30 ms of each command that talks to PostgreSQL).
 */
const ANSWERED = {
  file: /node_modules[\\/]pg[\\/]lib[\\/]stream\.js$/,
  question: "typeof Response === 'function'",
  answer: 'false',
};

/** Plugin of esbuild: what is left out throws when it is called. docs/adr/0007 has the figures. */
export const leftOut = {
  name: 'left-out',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ importer, path }) => {
      const from = Object.keys(LEFT_OUT).find((file) => importer.endsWith(`node_modules/${file}`));
      if (from === undefined || !LEFT_OUT[from].includes(path)) return undefined;
      return { path: `${from} ${path}`, namespace: 'left-out' };
    });
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`left out of the bundle: ${path}`)}); };`,
    }));
    build.onLoad({ filter: ANSWERED.file }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const { question, answer } = ANSWERED;
      if (!text.includes(question)) throw new Error(`${path} does not ask any more: ${question}`);
      return { contents: text.replace(question, answer) };
    });
  },
};
