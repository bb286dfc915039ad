import { connectionUrl } from '../../lib/connection-url.ts';
import { variableName } from '../../lib/variable-name.ts';
import type { ConnectionInfo } from '../../stack/contract/connection.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { formatAddress } from '../../stack/contract/model.ts';
import { sharedAddress } from '../../stack/derived/environment.ts';
import type { AppOptions } from './options.ts';

type Input = ServiceInput<AppOptions>;

/** `test-app` -> `TEST_APP_URL`. */
export function clientEnv({ stack, service }: Input): Readonly<Record<string, string>> {
  const name = `${variableName(service.name)}_URL`;
  return { [name]: `http://${formatAddress(sharedAddress(stack, service).client)}` };
}

/** The address of the service, and of each instance where there are several or something stands in front of them. */
export function connection({ stack, service }: Input): ConnectionInfo {
  const { client: front } = sharedAddress(stack, service);
  const reach = { ...front, url: connectionUrl({ scheme: 'http', ...front }) };
  const shared = { [service.name]: `http://${formatAddress(front)}` };
  const each = service.instances.map(({ name, client }) => [name, `http://${formatAddress(client)}`]);
  const alone = service.through === undefined && service.instances.length === 1;
  return { reach, urls: alone ? shared : { ...shared, ...Object.fromEntries(each) } };
}
