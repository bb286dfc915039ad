/** Matomo over HTTP: https://developer.matomo.org/api-reference/reporting-api and …/tracking-api */

import {
  type Endpoint,
  type EndpointAnswer,
  NoAnswerInTime,
  openEndpoint,
  RequestError,
  type Secret,
} from 'stackctl/service-kit';
import * as z from 'zod';

export interface MatomoOptions {
  readonly baseUrl: string;
  /** token_auth: sent in the body, never in an address, where servers would write it into their logs. */
  readonly token: Secret;
  readonly timeoutMs: number;
}

export interface ReportPeriod {
  readonly siteId: number;
  readonly period: string;
  readonly date: string;
}

export interface Pageview {
  readonly siteId: number;
  readonly url: string;
  readonly title?: string | undefined;
  readonly referrer?: string | undefined;
}

/** Its methods throw RequestError 502 (refused or not reached) or 504 (no answer in time). */
export interface Matomo {
  /** Figures of `VisitsSummary.get` and `Actions.get` together, under Matomo's names. */
  keyNumbers(period: ReportPeriod): Promise<Readonly<Record<string, unknown>>>;
  trackPageview(pageview: Pageview): Promise<void>;
  /** Fails also when the token is not accepted. */
  version(): Promise<string>;
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };
const errorSchema = z.object({ result: z.literal('error'), message: z.string() });
const numbersSchema = z.record(z.string(), z.unknown());
const versionSchema = z.object({ value: z.string() });

export function createMatomo({ baseUrl, token, timeoutMs }: MatomoOptions): Matomo {
  const at = (file: string): Endpoint => openEndpoint(`${baseUrl.replace(/\/+$/, '')}/${file}`);
  const [reports, tracking] = [at('index.php'), at('matomo.php')];
  const post = async (endpoint: Endpoint, fields: Readonly<Record<string, string>>): Promise<EndpointAnswer> => {
    try {
      const body = new URLSearchParams(fields).toString();
      return await endpoint.ask({ method: 'POST', headers: FORM, body, timeoutMs });
    } catch (error) {
      if (error instanceof NoAnswerInTime) throw new RequestError(504, `Matomo gave no answer within ${timeoutMs} ms`);
      throw new RequestError(502, `Matomo cannot be reached: ${causeOf(error)}`);
    }
  };

  const report = async (method: string, fields: Readonly<Record<string, string>>) => {
    const common = { module: 'API', format: 'json', token_auth: token.reveal() };
    const { status, text } = await post(reports, { ...common, method, ...fields });
    const answer = parsed(text);
    const refusal = errorSchema.safeParse(answer);
    if (refusal.success) throw new RequestError(502, `Matomo refused ${method}: ${refusal.data.message}`);
    if (status !== 200 || answer === undefined) {
      throw new RequestError(502, `Matomo answered ${method} with status ${status} and no report`);
    }
    return answer;
  };

  return {
    keyNumbers: async ({ siteId, period, date }) => {
      const fields = { idSite: String(siteId), period, date };
      const answers = await Promise.all(['VisitsSummary.get', 'Actions.get'].map((method) => report(method, fields)));
      return Object.assign({}, ...answers.map(numbersOf));
    },
    trackPageview: async ({ siteId, url, title, referrer }) => {
      const { status } = await post(tracking, {
        idsite: String(siteId),
        rec: '1',
        apiv: '1',
        // Without the picture the answer is 204.
        send_image: '0',
        url,
        ...(title === undefined ? {} : { action_name: title }),
        ...(referrer === undefined ? {} : { urlref: referrer }),
      });
      if (status < 200 || status > 299)
        throw new RequestError(502, `Matomo refused the page view with status ${status}`);
    },
    version: async () => versionSchema.parse(await report('API.getMatomoVersion', {})).value,
  };
}

/** A period without visits is answered with an empty list. */
function numbersOf(report: unknown): Readonly<Record<string, unknown>> {
  return numbersSchema.safeParse(report).data ?? {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The code where the network has one, e.g. ECONNREFUSED. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === 'string' ? code : error.message;
}
