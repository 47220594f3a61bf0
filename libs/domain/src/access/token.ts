import { Refusal } from '../errors.js';
import type { Instant } from '../instant.js';

/** What a token may do. `admin` includes everything and manages tokens. */
export type Verb = 'read' | 'write' | 'retention' | 'publish' | 'admin';
export const verbs: readonly Verb[] = ['read', 'write', 'retention', 'publish', 'admin'];

/** A principal as its token describes it; the secret itself is stored nowhere. */
export interface Principal {
  readonly tokenId: string;
  readonly name: string;
  readonly verbs: readonly Verb[];
  /** Repositories it may touch: exact `owner/name`, `owner/*`, or `*`. */
  readonly repositories: readonly string[];
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
}

/** How events name this principal. */
export function actorOf(principal: Principal): string {
  return `token:${principal.name}`;
}

/** True when the token is neither revoked nor expired. */
export function isLive(principal: Principal, now: Instant): boolean {
  return principal.revokedAt === null && (principal.expiresAt === null || principal.expiresAt > now);
}

function covers(pattern: string, repository: string): boolean {
  return pattern === '*' || pattern === repository || (pattern.endsWith('/*') && repository.startsWith(pattern.slice(0, -1)));
}

/** True when there is any repository where the principal may do `verb`. */
export function mayAnywhere(principal: Principal, verb: Verb): boolean {
  return principal.verbs.includes(verb) || principal.verbs.includes('admin');
}

/** True when the principal may do `verb` in `repository`. */
export function may(principal: Principal, verb: Verb, repository: string): boolean {
  return mayAnywhere(principal, verb) && principal.repositories.some((p) => covers(p, repository));
}

/** Refuses (`forbidden`) what {@link may} denies. */
export function assertMay(principal: Principal, verb: Verb, repository: string): void {
  if (may(principal, verb, repository)) return;
  throw new Refusal(
    'forbidden',
    `Token "${principal.name}" may not ${verb} in ${repository}. Ask an administrator for a token with that scope.`,
  );
}

/** True when the principal may do `verb` in every repository (server-wide reads such as the whole event log). */
export function mayEverywhere(principal: Principal, verb: Verb): boolean {
  return may(principal, verb, '*') && principal.repositories.includes('*');
}
