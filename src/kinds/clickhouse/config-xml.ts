import type { InstanceInput } from '../../stack/contract/model.ts';
import { type ClickhouseOptions, settingTexts } from './options.ts';
import { HTTP_PORT, NATIVE_PORT } from './target.ts';

/**
 * Settings of the server on top of the image's: a small machine's, no system log that grows for ever, nothing sent
 * anywhere. https://clickhouse.com/docs/operations/server-configuration-parameters/settings
 */
function commonServerXml({ memoryRatio }: ClickhouseOptions): string {
  return `  <logger>
    <level>information</level>
    <console>1</console>
  </logger>
  <send_crash_reports><enabled>false</enabled></send_crash_reports>
  <max_server_memory_usage_to_ram_ratio>${memoryRatio}</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <ttl>event_date + INTERVAL 3 DAY DELETE</ttl>
    <flush_interval_milliseconds>7500</flush_interval_milliseconds>
  </query_log>
${LOGS.map((log) => `  <${log} remove="1"/>`).join('\n')}
`;
}

/** System tables that only fill the disk here. */
const LOGS = [
  'asynchronous_metric_log',
  'metric_log',
  'latency_log',
  'error_log',
  'text_log',
  'trace_log',
  'processors_profile_log',
  'query_thread_log',
  'query_views_log',
  'query_metric_log',
  'part_log',
  'session_log',
  'opentelemetry_span_log',
];

/** For `config.d` of the image: its own configuration has ports, paths and where it listens. */
export function serverOverlayXml(options: ClickhouseOptions): string {
  return document(commonServerXml(options));
}

/** For a server without any other configuration. Paths come on its command line. */
export function serverXml({ service, instance }: InstanceInput<ClickhouseOptions>): string {
  const port = (name: string): number => instance.ports.find((found) => found.name === name)?.inside ?? 0;
  // What is only removed from a configuration that is not there would be an error in none; without overlay it is left out.
  const common = commonServerXml(service.options)
    .split('\n')
    .filter((line) => !line.includes('remove="1"'))
    .join('\n');
  return document(`${common}  <listen_host>${instance.peer.host}</listen_host>
  <http_port>${port(HTTP_PORT)}</http_port>
  <tcp_port>${port(NATIVE_PORT)}</tcp_port>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
`);
}

/** The default profile, for `users.d`. The image's entrypoint makes the user, with this profile. */
export function profileXml(options: ClickhouseOptions): string {
  return document(profile(options));
}

/** Profile and user, for a server without any other configuration. */
export function usersXml(options: ClickhouseOptions, passwordSha256: string): string {
  return document(`${profile(options)}  <users>
    <${options.user}>
      <password_sha256_hex>${passwordSha256}</password_sha256_hex>
      <networks><ip>::1</ip><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <access_management>1</access_management>
    </${options.user}>
  </users>
  <quotas><default/></quotas>
`);
}

function profile(options: ClickhouseOptions): string {
  const lines = Object.entries(settingTexts(options)).map(
    ([name, value]) => `      <${name}>${escapeXml(value)}</${name}>`,
  );
  return ['  <profiles>', '    <default>', ...lines, '    </default>', '  </profiles>', ''].join('\n');
}

function document(body: string): string {
  return `<?xml version="1.0"?>\n<!-- Rendered by stackctl. -->\n<clickhouse>\n${body}</clickhouse>\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
