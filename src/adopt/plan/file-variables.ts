import type { ComposeService } from '../../stack/contract/compose-service.ts';

/**
 * A service whose variables have the texts that their `…_FILE` names: `POSTGRES_PASSWORD_FILE: /run/secrets/password` as
 * `POSTGRES_PASSWORD`, as images of servers read it. A secret that nothing else names is mounted no more. Pure.
 */
export function withFileVariables(service: ComposeService): ComposeService {
  const texts = service.secretTexts ?? new Map<string, string>();
  const used = new Set<string>();
  const environment = new Map(
    [...service.environment].map(([name, value]): [string, string | undefined] => {
      const text = name.endsWith('_FILE') && value !== undefined ? texts.get(value) : undefined;
      if (text === undefined || value === undefined) return [name, value];
      used.add(value);
      return [name.slice(0, -'_FILE'.length), text];
    }),
  );
  return { ...service, environment, files: service.files.filter(({ target }) => !used.has(target)) };
}
