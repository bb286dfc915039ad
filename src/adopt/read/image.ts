import type { ComposeImage } from '../../stack/contract/compose-service.ts';

/**
 * The parts of an image's name. The first part of a path is a registry when it has a dot or a port or is `localhost`
 * (https://pkg.go.dev/github.com/distribution/reference); `library/` and `docker/library/`, under which registries keep copies of
 * official images, are not part of the repository. Pure.
 */
export function readImage(text: string): ComposeImage {
  const [withoutDigest = ''] = text.split('@');
  const colon = withoutDigest.lastIndexOf(':');
  const hasTag = colon > withoutDigest.lastIndexOf('/');
  const path = (hasTag ? withoutDigest.slice(0, colon) : withoutDigest).split('/');
  const isRegistry = path.length > 1 && (/[.:]/.test(path[0] ?? '') || path[0] === 'localhost');
  const repository = (isRegistry ? path.slice(1) : path).join('/').replace(/^(docker\/)?library\//, '');
  return { text, repository, tag: hasTag ? withoutDigest.slice(colon + 1) : undefined };
}
