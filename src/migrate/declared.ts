import { StackctlError } from '../errors.ts';
import type { DeclaredCapability, DeclaredItem } from '../stack/contract/declared.ts';
import type { Service, Stack } from '../stack/contract/model.ts';

/** A service whose inside the stack declares. */
export interface DeclaringService {
  readonly service: Service;
  readonly declared: DeclaredCapability;
}

/** What `migrate status` says of it. JSON-ready. */
export interface DeclaredStatus {
  readonly service: string;
  readonly items: readonly DeclaredItem[];
}

/** Those that declare something. */
export function declaringServices(stack: Stack): readonly DeclaringService[] {
  return stack.services.flatMap((service): readonly DeclaringService[] => {
    const { declared } = service.kind;
    if (declared === undefined || declared.names({ stack, service }).length === 0) return [];
    return [{ service, declared }];
  });
}

/** How what is declared is in the server. Changes nothing. @throws E_NOT_READY */
export async function declaredStatus(
  stack: Stack,
  { service, declared }: DeclaringService,
  signal: AbortSignal,
): Promise<DeclaredStatus> {
  return { service: service.name, items: await declared.plan({ stack, service }, signal) };
}

/** Makes what is missing and what is allowed. Returns the plan that was carried out. @throws E_NOT_READY, E_MIGRATION_FAILED */
export async function applyDeclared(
  stack: Stack,
  { service, declared }: DeclaringService,
  signal: AbortSignal,
): Promise<DeclaredStatus> {
  return { service: service.name, items: await declared.apply({ stack, service }, signal) };
}

/** Has the server check what `applyDeclared` would do. Changes nothing. @throws as `applyDeclared` */
export async function rehearseDeclared(
  stack: Stack,
  { service, declared }: DeclaringService,
  signal: AbortSignal,
): Promise<DeclaredStatus> {
  return { service: service.name, items: await declared.check({ stack, service }, signal) };
}

/** What differs from the declaration, as one error; what is missing is pending and no drift. Pure. */
export function declaredDriftIn(all: readonly DeclaredStatus[]): StackctlError | undefined {
  return driftOf(all, () => true);
}

/** What differs and `up` may not change. Pure. */
export function leftDriftIn(all: readonly DeclaredStatus[]): StackctlError | undefined {
  return driftOf(all, ({ allowed }) => !allowed);
}

function driftOf(
  all: readonly DeclaredStatus[],
  counts: (change: DeclaredItem['changes'][number]) => boolean,
): StackctlError | undefined {
  const found = all.flatMap(({ service, items }) =>
    items
      .filter(({ state }) => state === 'drifted')
      .flatMap(({ type, name, changes }) =>
        changes.filter(counts).map((change) => ({ service, type, name, ...change })),
      ),
  );
  if (found.length === 0) return undefined;
  const texts = found.map(({ service, type, name, text }) => `${type} ${name} of ${service}: ${text}`);
  return new StackctlError('E_DRIFT', `not as stack.yaml declares it: ${texts.join('; ')}`, {
    hint: `Run or change: ${[...new Set(found.map(({ fix }) => fix))].join('; ')}`,
    details: { declared: found },
  });
}
