import { type Document, isMap, parseDocument, type YAMLMap } from 'yaml';
import { parseRenderedServices } from '../stack/derived/rendered-compose.ts';

/** What compose.yaml is printed with, so that the same tree gives the same bytes. */
const PARSED = { version: '1.1' } as const;
const PRINTED = { lineWidth: 0, directives: false } as const;

/**
 * A rendered compose.yaml in which some instances stay as an earlier one has them: those that go on running with what
 * they were made from. Compose would recreate their containers for an entry that differs, also as a dependency of
 * another service. Volumes that they name stay too.
 * @param keeps whether an instance stays; asked for the first one of replicas, which share an entry.
 */
export function keepServices(text: string, earlier: string, keeps: (instance: string) => boolean): string {
  const kept = entriesOf(earlier, keeps);
  if (kept.length === 0) return text;
  const [next, before] = [parseDocument(text, PARSED), parseDocument(earlier, PARSED)];
  const services = next.get('services');
  if (!isMap(services)) return text;
  for (const name of entriesOf(text, keeps)) services.delete(name);
  for (const name of kept) services.set(name, before.getIn(['services', name], true));
  dropUnknownNeeds(services);
  keepVolumes(next, before);
  return next.toString(PRINTED);
}

/** Names of the Compose services of the instances that stay. */
function entriesOf(text: string, keeps: (instance: string) => boolean): readonly string[] {
  return parseRenderedServices(text)
    .filter(({ instance, service }) => keeps(instance ?? `${service}-1`))
    .map(({ name }) => name);
}

/** Compose refuses a file in which a service depends on one that it does not have. */
function dropUnknownNeeds(services: YAMLMap): void {
  for (const { value } of services.items) {
    const needs = isMap(value) ? value.get('depends_on') : undefined;
    if (!isMap(value) || !isMap(needs)) continue;
    for (const { key } of [...needs.items]) if (!services.has(String(key))) needs.delete(String(key));
    if (needs.items.length === 0) value.delete('depends_on');
  }
}

function keepVolumes(next: Document.Parsed, before: Document.Parsed): void {
  const volumes = before.get('volumes');
  if (!isMap(volumes)) return;
  for (const { key } of volumes.items) {
    const path = ['volumes', String(key)];
    if (!next.hasIn(path)) next.setIn(path, before.getIn(path, true));
  }
}
