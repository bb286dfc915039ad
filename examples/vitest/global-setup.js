import { up } from 'stackctl';

/** Runs once, before the test files; what it returns runs after the last one, also when tests have failed. */
export default async function setup(project) {
  const stack = await up('redis');
  project.provide('redisUrl', stack.connection('redis').url);
  return () => stack.dispose();
}
