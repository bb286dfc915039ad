import { type HttpResponse, openHttp } from '../../../clients/http/exchange.ts';
import { Secret } from '../../../lib/secret.ts';
import { credentialsIn } from '../../../stack/contract/credentials.ts';
import type { RecordedHttp } from '../../../stack/contract/recorded-request.ts';
import type { ReplayCapability } from '../../../stack/contract/traffic.ts';
import { httpAddress } from './http-address.ts';
import { ofFailure, ofResponse } from './outcome.ts';

/** As for events: an answer that takes longer is of no use to anybody. */
const TIMEOUT_MS = 5000;

/** Recorded requests, to the address under which the others of the stack reach the service. */
export const replay: ReplayCapability = {
  takes: 'http',
  open: async (input) => {
    const client = openHttp(httpAddress(input), TIMEOUT_MS);
    return {
      send: async (request) => {
        if (request.type !== 'http')
          return { type: 'rejected', reason: `it is no request but of type ${request.type}` };
        const asked = `${request.method} ${request.path.replace(/\?.*$/s, '')}`;
        const judge = (response: HttpResponse) => ofResponse(response, secretsIn(request), asked);
        return client.exchange(asSent(request)).then(judge, ofFailure);
      },
      close: async () => client.close(),
    };
  },
};

/** What an answer must not repeat into a report. */
function secretsIn({ path, headers }: RecordedHttp): Readonly<Record<string, Secret>> {
  const kept = credentialsIn({ target: path, headers });
  return Object.fromEntries(kept.map((value, index) => [`${index}`, new Secret(value)]));
}

function asSent({ method, path, headers: recorded, body }: RecordedHttp) {
  const headers: Record<string, string> = {};
  // A name that is there several times is one list: https://www.rfc-editor.org/rfc/rfc9110#section-5.3
  for (const [name, value] of recorded) {
    const key = name.toLowerCase();
    // But for cookies, of which there may be several lines since HTTP/2: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
    const before = headers[key] === undefined ? '' : headers[key] + (key === 'cookie' ? '; ' : ', ');
    headers[key] = before + value;
  }
  return { method, path, headers, ...(body === undefined ? {} : { body }) };
}
