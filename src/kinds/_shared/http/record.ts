import type { RecordingStream } from '../../../clients/http/recording-stream.ts';
import type { RecordedEntry } from '../../../lib/gateway.ts';
import { formatAddress, type Instance, serviceOf } from '../../../stack/contract/model.ts';
import type { ObservedHttp, OpenRecorder, RecordCapability, RecordSettings } from '../../../stack/contract/record.ts';
import type { Header } from '../../../stack/contract/recorded-request.ts';
import { instanceHttpAddress } from './http-address.ts';
import type { RecordingOption } from './recording-option.ts';

const BEGIN_MS = 3000;

type Asked = Pick<Instance, 'name' | 'client'>;

/**
 * At the program that stands in front of the service, where that records, so that clients need not send elsewhere; otherwise at
 * a proxy of this process.
 */
export const record: RecordCapability = {
  records: 'http',
  open: async ({ stack, service }, settings) => {
    const front = service.through === undefined ? service : serviceOf(stack, service.through);
    const [instance] = front.instances;
    if (instance === undefined) throw new Error(`service ${front.name} has no instances`);
    const first = { name: instance.name, client: instanceHttpAddress(instance) };
    const { recording } = front.options as { readonly recording?: RecordingOption };
    return recording === undefined || recording.key.reveal() === ''
      ? atProxy(first, settings)
      : atFront(first, recording, settings);
  },
};

/** @throws E_NOT_READY when it does not record. */
async function atFront(
  { name, client: address }: Asked,
  { path, key }: RecordingOption,
  { bodyLimit }: RecordSettings,
): Promise<OpenRecorder> {
  const { openRecordingStream } = await import('../../../clients/http/recording-stream.ts');
  const stream = await openRecordingStream({ address, path, key, bodyLimit, timeoutMs: BEGIN_MS });
  return recorderOf(stream, {
    at: `${name} (${formatAddress(address)})`,
    sendTo: undefined,
    close: async () => stream.close(),
  });
}

async function atProxy({ name, client: behind }: Asked, { bodyLimit }: RecordSettings): Promise<OpenRecorder> {
  const [{ openRecordingProxy }, { openRecordingStream }] = await Promise.all([
    import('../../../clients/http/recording-proxy.ts'),
    import('../../../clients/http/recording-stream.ts'),
  ]);
  const { close: closeProxy, ...proxy } = await openRecordingProxy(behind);
  const stream = await openRecordingStream({ ...proxy, bodyLimit, timeoutMs: BEGIN_MS }).catch(
    async (error: unknown) => {
      await closeProxy();
      throw error;
    },
  );
  const close = async (): Promise<void> => {
    stream.close();
    await closeProxy();
  };
  const at = `a proxy in front of ${name} (${formatAddress(behind)})`;
  return recorderOf(stream, { at, sendTo: proxy.address, close });
}

function recorderOf(
  { entries, end, finish }: RecordingStream,
  { at, sendTo, close }: Pick<OpenRecorder, 'at' | 'sendTo' | 'close'>,
): OpenRecorder {
  async function* items(): AsyncGenerator<readonly ObservedHttp[]> {
    for await (const some of entries) yield some.map(observed);
  }
  return {
    ...{ at, sendTo, finish, close },
    items: items(),
    get losses() {
      const { missed = 0, unfinished = 0 } = end() ?? {};
      return { missed, unfinished };
    },
  };
}

function observed(entry: RecordedEntry): ObservedHttp {
  const { sequence, atMs, method, target, headers, body, bodyBytes, status, tookMs } = entry;
  return {
    type: 'http',
    ...{ sequence, atMs, method, target, bodyBytes, tookMs },
    headers: headers.flatMap((name, index): Header[] => (index % 2 === 0 ? [[name, headers[index + 1] ?? '']] : [])),
    body: body === null ? undefined : Buffer.from(body, 'base64'),
    status: status ?? undefined,
  };
}
