import { Document, visit } from 'yaml';
import { sha256 } from '../lib/sha256.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import { composeServiceOf } from '../stack/derived/compose-services.ts';
import { areReplicas } from '../stack/derived/replicas.ts';
import { composeNetwork, NETWORK_KEY } from './compose-network.ts';
import { composeService } from './compose-service.ts';
import { volumes } from './compose-volumes.ts';
import { mergeService } from './merge-service.ts';
import { escapeDollars, type Tree, withoutUndefined } from './yaml-tree.ts';

/** compose.yaml, whose text takes longest of all files to make. */
export interface ComposeText {
  /** Hash of what the text is made from. */
  readonly key: string;
  readonly text: () => string;
}

/**
 * compose.yaml: one Compose service for each instance, so that each has its own address, ports and volumes,
 * and one with several replicas for the instances that need none of that (`areReplicas`). Same stack and hashes, same
 * bytes. Runs by itself with `docker compose up` in the rendered folder.
 *
 * @param hashes instance name -> hash of its rendered files; a changed one makes Compose recreate the container.
 * @param withoutFiles names of instances that have no rendered files, and so no folder to mount.
 */
export function composeText(
  stack: Stack,
  hashes: ReadonlyMap<string, string>,
  withoutFiles: ReadonlySet<string> = new Set(),
): ComposeText {
  const members = stack.services.flatMap((service) =>
    rendered(stack, service).map((instance) => ({
      service,
      instance,
      spec: service.kind.container({ stack, service, instance }),
      hasFiles: !withoutFiles.has(instance.name),
    })),
  );
  const tree = withoutUndefined({
    name: stack.project.id,
    services: Object.fromEntries(
      members.map((member) => [
        composeServiceOf(stack, member.service, member.instance),
        mergeService(
          escapeDollars(composeService(stack, member, hashes.get(member.instance.name))) as Tree,
          member.service.compose,
        ),
      ]),
    ),
    networks: stack.network && { [NETWORK_KEY]: composeNetwork(stack, stack.network) },
    volumes: volumes(stack, members),
  });
  const comment = header(stack);
  const key = sha256(JSON.stringify([tree, comment]));
  return { key, text: () => textOf(tree, comment) };
}

function textOf(tree: Tree, comment: string): string {
  // YAML 1.1 quotes what other parsers would read as a boolean or a base-60 number (`on`, `22:22`).
  const document = new Document(tree, { version: '1.1', aliasDuplicateObjects: false });
  document.commentBefore = comment;
  if (hasOddText(tree)) quoteOddTexts(document);
  return document.toString({ lineWidth: 0, directives: false, doubleQuotedAsJSON: true });
}

/** Readers of YAML differ about tabs and the like at the start of a line: these texts are written as JSON writes them. */
function quoteOddTexts(document: Document): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && ODD.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
}

/** Whether there is such a text. Most stacks have none, and to walk over the plain values is quicker than over the nodes. */
function hasOddText(value: unknown): boolean {
  if (typeof value === 'string') return ODD.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, item]) => ODD.test(key) || hasOddText(item));
}

const ODD = /[\p{Cc}\p{Zl}\p{Zp}\u00a0\ufeff]/u;

/** Replicas share one entry: it is made from the first of them. */
function rendered(stack: Stack, { instances, through }: Service): readonly Instance[] {
  return areReplicas(stack.runtime, { through }) ? instances.slice(0, 1) : instances;
}

function header(stack: Stack): string {
  return [
    ` Rendered by stackctl from the stack ${stack.name}. Changes made here are lost:`,
    ` change the values or the stack and run \`stackctl render ${stack.name}\` or \`stackctl up ${stack.name}\` again.`,
  ].join('\n');
}
