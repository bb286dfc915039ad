/**
 * Whether this can name an image: `[registry[:port]/]path[:tag][@digest]`, the path in lower case. The grammar of
 * https://pkg.go.dev/github.com/distribution/reference; the first part is a registry when it has a dot or a port or is
 * `localhost`.
 */
export function isImageName(text: string): boolean {
  return IMAGE.test(text);
}

const DOMAIN_PART = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const PORT = ':\\d+';
const REGISTRY = [
  `localhost(?:${PORT})?`,
  `${DOMAIN_PART}(?:\\.${DOMAIN_PART})+(?:${PORT})?`,
  `${DOMAIN_PART}${PORT}`,
  `\\[[0-9a-fA-F:]+\\](?:${PORT})?`,
].join('|');
const PATH_PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const TAG = '\\w[\\w.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const IMAGE = new RegExp(`^(?:(?:${REGISTRY})/)?${PATH_PART}(?:/${PATH_PART})*(?::${TAG})?(?:@${DIGEST})?$`);
