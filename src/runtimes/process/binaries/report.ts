import { isAbsolute } from 'node:path';
import { StackctlError } from '../../../errors.ts';
import type { Diagnosis } from '../../../stack/contract/needs.ts';
import { binaryVariable, type Finding } from './find.ts';

type Bad = Exclude<Finding, { readonly type: 'found' }>;

/**
 * The path of every program by its name.
 * @param stack how a command names it, for the one that installs what is missing.
 * @throws E_BINARY_MISSING or E_BINARY_VERSION naming all that do not fit.
 */
export function pathsOrThrow(
  findings: readonly Finding[],
  platform: NodeJS.Platform,
  stack?: string,
): Readonly<Record<string, string>> {
  const bad = findings.filter(isBad);
  if (bad.length > 0) throw notUsable(bad, platform, stack);
  return Object.fromEntries(
    findings.flatMap((finding) => ('path' in finding ? [[finding.need.name, finding.path]] : [])),
  );
}

/** One sentence about what was found. */
export function factOf(finding: Finding): string {
  const { name, range } = finding.need;
  switch (finding.type) {
    case 'found':
      return [name, finding.version, 'at', finding.path].filter((word) => word !== '').join(' ');
    case 'missing':
      if (isAbsolute(name)) return `there is no program ${name}`;
      return finding.configured === undefined
        ? `${name} is not installed (${finding.need.versionArgs.length === 0 ? '' : 'PATH and '}the usual places were searched)`
        : `${name} is not at ${finding.configured} (${binaryVariable(name)})`;
    case 'unfit':
      return `${name} at ${finding.path} ${finding.version === undefined ? 'does not print its version' : `is ${finding.version}`}, wanted ${range}`;
  }
}

/** One line for `stackctl doctor`. @param about what the kind adds to it, see `BinaryNeed.about`. */
export function diagnosisOf(finding: Finding, platform: NodeJS.Platform, about?: string): Diagnosis {
  const fact = about === undefined ? factOf(finding) : `${factOf(finding)}: ${about}`;
  const facts = { id: `binary:${finding.need.name}`, fact };
  return isBad(finding)
    ? { ...facts, verdict: 'fail', fix: installCommand([finding], platform) || `install ${finding.need.name}` }
    : { ...facts, verdict: 'ok' };
}

/** What a user types to get all of them: what can be downloaded is fetched by doctor, the rest is in packages, if one is known. */
export function installCommand(findings: readonly Finding[], platform: NodeJS.Platform, stack = '<stack>'): string {
  const packaged = findings.filter(({ need }) => need.download === undefined && need.anyVersion !== true);
  const downloaded = findings.some(({ need }) => need.download !== undefined);
  return [
    ...(packaged.length === 0 ? [] : [packageCommand(packaged, platform)]),
    ...(downloaded ? [`stackctl doctor ${stack} --fix`] : []),
  ].join(' && ');
}

function packageCommand(findings: readonly Finding[], platform: NodeJS.Platform): string {
  if (platform === 'darwin') {
    const formulas = new Set(findings.map(({ need }) => need.packages.brew));
    return `brew install ${[...formulas].join(' ')}`;
  }
  const packages = new Set(findings.flatMap(({ need }) => need.packages.debian));
  return `apt-get install ${[...packages].join(' ')}`;
}

function isBad(finding: Finding): finding is Bad {
  return finding.type !== 'found';
}

function notUsable(bad: readonly Bad[], platform: NodeJS.Platform, stack: string | undefined): StackctlError {
  const code = bad.some(({ type }) => type === 'missing') ? 'E_BINARY_MISSING' : 'E_BINARY_VERSION';
  const command = installCommand(bad, platform, stack);
  return new StackctlError(code, bad.map(factOf).join('; '), {
    hint: hintFor(bad, command),
    details: { install: command, binaries: bad.map(({ need, type }) => ({ name: need.name, problem: type })) },
  });
}

/** Of a program that only the stack knows, no package is known: whoever wrote the stack knows it, and its image has it. */
function hintFor(bad: readonly Bad[], command: string): string {
  const own = bad.filter(({ need }) => need.anyVersion === true).map(({ need }) => need.name);
  const named = bad.filter(({ need }) => !isAbsolute(need.name)).map(({ need }) => binaryVariable(need.name));
  const steps = [
    ...(command === '' ? [] : [command]),
    ...(own.length === 0 ? [] : [`install ${own.join(' and ')}`]),
    ...(named.length === 0 ? [] : [`say where they are with ${named.join(', ')}`]),
    ...(own.length === 0 ? [] : ['run the services in containers: --runtime docker']),
  ].join(', or ');
  return own.length === bad.length ? `${steps.charAt(0).toUpperCase()}${steps.slice(1)}.` : `${steps}.`;
}
