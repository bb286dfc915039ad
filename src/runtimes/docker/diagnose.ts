import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { shellWord } from '../../lib/quote.ts';
import type { Diagnosis, StackNeeds } from '../../stack/contract/needs.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import { lackOfImage } from './availability.ts';
import { composeVersion } from './engine/compose-cli.ts';
import type { Engine } from './engine/engine.ts';
import { findEngine } from './engine/find-engine.ts';
import { whileEngineAnswers } from './engine/guard.ts';
import { missingImages } from './images/images.ts';

/** Facts for `stackctl doctor`: services without an image, the Engine, Compose, start_interval, and the stack's images. */
export async function diagnose(needs: StackNeeds, env: RuntimeInput['env']): Promise<readonly Diagnosis[]> {
  const lack = lackOfImage(needs);
  const ofStack: readonly Diagnosis[] =
    lack === undefined
      ? []
      : [{ id: 'image', verdict: 'fail', fact: lack, fix: 'give it an `image` or `build` in stack.yaml' }];
  return [...ofStack, ...(await ofEngine(needs, env))];
}

async function ofEngine(needs: StackNeeds, env: RuntimeInput['env']): Promise<readonly Diagnosis[]> {
  let engine: Engine | undefined;
  try {
    engine = await findEngine(env);
    return await factsOf(engine, needs);
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return [failure('engine', error)];
  } finally {
    engine?.close();
  }
}

async function factsOf(engine: Engine, needs: StackNeeds): Promise<readonly Diagnosis[]> {
  return whileEngineAnswers(engine, async () => [
    {
      id: 'engine',
      verdict: 'ok',
      fact: `${engine.product} ${engine.version} (API ${engine.apiVersion}) at ${engine.address.host} (${engine.address.origin})`,
    },
    await rootless(engine),
    await composeFact(engine),
    startInterval(engine),
    ...(await imageFacts(engine, needs.images)),
  ]);
}

async function rootless(engine: Engine): Promise<Diagnosis> {
  const { SecurityOptions } = await engine.reader.info();
  const is = SecurityOptions?.some((option) => option.startsWith('name=rootless')) ?? false;
  return { id: 'engine:rootless', verdict: 'ok', fact: is ? 'the Engine runs rootless' : 'the Engine runs as root' };
}

async function composeFact(engine: Engine): Promise<Diagnosis> {
  try {
    return { id: 'compose', verdict: 'ok', fact: `Docker Compose ${await composeVersion(engine)}` };
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return failure('compose', error);
  }
}

function startInterval({ product, version }: Engine): Diagnosis {
  const supported = product === 'Docker Engine' && Number.parseInt(version, 10) >= 25;
  return {
    id: 'engine:start-interval',
    verdict: 'ok',
    fact: supported
      ? 'healthchecks may use start_interval (value healthStartInterval)'
      : `no start_interval in healthchecks (needs Docker Engine 25; this is ${product} ${version}): leave healthStartInterval empty`,
  };
}

async function imageFacts(engine: Engine, images: readonly string[]): Promise<readonly Diagnosis[]> {
  const missing = await missingImages(engine, images);
  return [...new Set(images)].map((image) =>
    missing.includes(image)
      ? {
          id: `image:${image}`,
          verdict: 'warn',
          fact: `image ${image} is not there yet`,
          fix: `docker pull ${shellWord(image)}`,
        }
      : { id: `image:${image}`, verdict: 'ok', fact: `image ${image} is there` },
  );
}

function failure(id: string, { message, hint }: StackctlError): Diagnosis {
  return { id, verdict: 'fail', fact: message, ...defined({ fix: hint }) };
}
