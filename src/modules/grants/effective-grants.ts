import type { Db, TokenTable } from "../../schema.ts";
import type { Selectable } from "kysely";
import { listGrantsOfCustomer, listGrantsOfToken, listGrantsOfTokens } from "./grant-queries.ts";
import type { GrantRow } from "./grant-queries.ts";
import { listScope, listScopes, setScope, withinScope } from "./project-scopes.ts";
import { currentPatterns, setTokenPatterns } from "./token-prefixes.ts";

/** What of a token decides whose grants it reads. */
export type Reader = Pick<Selectable<TokenTable>, "id" | "access" | "customer">;

/** What a token reads, before it is put together. Lapsed and revoked grants too. */
export interface GrantParts {
  /** Of the token itself. */
  own: GrantRow[];
  /** Of its customer, where it reads those; whole, whatever it is narrowed to. */
  inherited: GrantRow[];
  /** To what it is narrowed of what is inherited, a project token of nothing to nothing; null: nothing narrows it. */
  scope: string[] | null;
}

/** What a token reads, in parts: for whoever shows the parts. The sum is {@link sumOfParts}. */
export async function listGrantParts(db: Db, { id, access, customer }: Reader): Promise<GrantParts> {
  const own = access === "project" ? [] : await listGrantsOfToken(db, id);
  if (access === "own") return { own, inherited: [], scope: null };
  const inherited = customer === null ? [] : await listGrantsOfCustomer(db, customer);
  const scope = await listScope(db, id);
  return { own, inherited, scope: access === "customer" && scope.length === 0 ? null : scope };
}

/** Everything such parts come to: what is inherited as far as nothing narrows it, and what is its own besides. */
export function sumOfParts({ own, inherited, scope }: GrantParts): GrantRow[] {
  return [...own, ...(scope === null ? inherited : withinScope(inherited, scope))];
}

/**
 * Everything a token reads: its own grants, its customer's besides where it reads those, as far as its maker could grant
 * them; or of those the part that a project token is narrowed to. Lapsed and revoked ones too: composer's user is told "lapsed" rather than "unknown".
 */
export async function listEffectiveGrants(db: Db, reader: Reader): Promise<GrantRow[]> {
  return sumOfParts(await listGrantParts(db, reader));
}

/**
 * Keeps a token that reads its customer's grants within the bound of whoever makes it, for good: also of what is sold
 * later, and by others. A project token's patterns lie within that bound anyway.
 */
export async function keepWithinBound(
  db: Db,
  { id, access }: Pick<Reader, "id" | "access">,
  bound: readonly string[] | null,
): Promise<void> {
  if (access === "customer" && bound !== null) await setScope(db, id, bound);
}

/** What a token was given itself: the patterns of its own grants, or those a project token is narrowed to. */
export async function listPatternsOfToken(db: Db, { id, access }: Pick<Reader, "id" | "access">): Promise<string[]> {
  return access === "project" ? await listScope(db, id) : currentPatterns(await listGrantsOfToken(db, id));
}

/** The same for a page of tokens, by id. */
export async function listPatternsOfTokens(
  db: Db,
  tokens: readonly Pick<Reader, "id" | "access">[],
): Promise<Map<string, string[]>> {
  const [projects, others] = [tokens.filter(isProject), tokens.filter((token) => !isProject(token))];
  const patterns = await listScopes(
    db,
    projects.map(({ id }) => id),
  );
  const grants = await listGrantsOfTokens(
    db,
    others.map(({ id }) => id),
  );
  for (const [token, held] of Map.groupBy(grants, (grant) => grant.token)) {
    if (token !== null) patterns.set(token, currentPatterns(held));
  }
  return patterns;
}

function isProject({ access }: Pick<Reader, "access">): boolean {
  return access === "project";
}

/** Gives a token its patterns, or changes them. */
export async function givePatterns(
  db: Db,
  token: Pick<Reader, "id" | "access">,
  patterns: readonly string[],
  now: number,
): Promise<void> {
  if (isProject(token)) await setScope(db, token.id, patterns);
  else await setTokenPatterns(db, token.id, patterns, now);
}
