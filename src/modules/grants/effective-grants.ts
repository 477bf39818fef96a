import type { Db, TokenTable } from "../../schema.ts";
import type { Selectable } from "kysely";
import { EVERYTHING_PATTERN } from "./access.ts";
import { listGrantsOfCustomer, listGrantsOfToken, listGrantsOfTokens } from "./grant-queries.ts";
import { listGrantsOfCustomers } from "./holder-queries.ts";
import type { GrantRow } from "./grant-queries.ts";
import { listScope, listScopes, setScope, withinScope } from "./project-scopes.ts";
import { followGrants, followPatterns, listSuccessors } from "./successors.ts";
import { setTokenGrants } from "./token-prefixes.ts";
import { NOTHING_GIVEN, givenBy } from "./token-terms.ts";
import type { GivenGrants } from "./token-terms.ts";

/** What of a token decides whose grants it reads. */
export type Reader = Pick<Selectable<TokenTable>, "id" | "access" | "customer">;

/** What a token reads, before it is put together, with the names that packages go by now. Lapsed and revoked grants too. */
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
  const successors = await listSuccessors(db);
  const own = access === "project" ? [] : followGrants(await listGrantsOfToken(db, id), successors);
  if (access === "own") return { own, inherited: [], scope: null };
  const inherited = customer === null ? [] : followGrants(await listGrantsOfCustomer(db, customer), successors);
  const scope = followPatterns(await listScope(db, id), successors);
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

/** Everything a token may ever read, whatever its customer is sold: its own patterns, and what it is narrowed to. */
export async function listReach(db: Db, { id, access }: Pick<Reader, "id" | "access">): Promise<string[]> {
  if (access === "project") return await listScope(db, id);
  const { patterns, dependencies } = givenBy(await listGrantsOfToken(db, id));
  const own = [...patterns, ...dependencies];
  if (access === "own") return own;
  const scope = await listScope(db, id);
  return [...own, ...(scope.length === 0 ? [EVERYTHING_PATTERN] : scope)];
}

/** What of a token says what it was given. */
export type Receiver = Reader & Pick<Selectable<TokenTable>, "order_id" | "order_line">;

/**
 * What a token was given itself: of a project token what it is narrowed to, of one that was sold with a line of its
 * customer's order that line.
 */
export async function readGivenGrants(db: Db, token: Receiver): Promise<GivenGrants> {
  return (await readGivenGrantsOfTokens(db, [token])).get(token.id) ?? NOTHING_GIVEN;
}

/** The same for a page of tokens, by id. */
export async function readGivenGrantsOfTokens(db: Db, tokens: readonly Receiver[]): Promise<Map<string, GivenGrants>> {
  const sold = tokens.filter((token) => !isProject(token) && token.order_line !== null);
  const projects = tokens.filter(isProject);
  const others = tokens.filter((token) => !isProject(token) && token.order_line === null);
  const idsOf = (some: typeof projects) => some.map(({ id }) => id);
  const given = new Map<string, GivenGrants>();
  for (const [token, patterns] of await listScopes(db, idsOf(projects))) {
    given.set(token, { ...NOTHING_GIVEN, patterns });
  }
  const grants = await listGrantsOfTokens(db, idsOf(others));
  for (const [token, held] of Map.groupBy(grants, (grant) => grant.token)) {
    if (token !== null) given.set(token, givenBy(held));
  }
  await addGivenByLines(db, sold, given);
  return given;
}

/** What outside of a token's bound was sold with its line by others is not its own. */
async function addGivenByLines(db: Db, tokens: readonly Receiver[], given: Map<string, GivenGrants>): Promise<void> {
  if (tokens.length === 0) return;
  const customers = [...new Set(tokens.flatMap(({ customer }) => customer ?? []))];
  const grants = Map.groupBy(await listGrantsOfCustomers(db, customers), ({ customer }) => customer);
  const scopes = await listScopes(
    db,
    tokens.map(({ id }) => id),
  );
  for (const { id, customer, order_id, order_line } of tokens) {
    const ofLine = (grants.get(customer) ?? []).filter(
      (grant) => grant.order_id === order_id && grant.line === order_line,
    );
    const scope = scopes.get(id);
    const own = scope === undefined ? ofLine : withinScope(ofLine, scope);
    const isAlive = own.some(({ revoked_at }) => revoked_at === null);
    // Of a line that was cancelled what it was.
    const parts = givenBy(isAlive ? own : own.map((grant) => ({ ...grant, revoked_at: null })));
    given.set(id, { ...parts, patterns: parts.patterns.sort() });
  }
}

function isProject({ access }: Pick<Reader, "access">): boolean {
  return access === "project";
}

/** Gives a token its grants, or changes them; of a project token the patterns are what it is narrowed to. */
export async function giveGrants(
  db: Db,
  token: Pick<Reader, "id" | "access">,
  given: GivenGrants,
  now: number,
): Promise<void> {
  if (isProject(token)) await setScope(db, token.id, given.patterns);
  else await setTokenGrants(db, token.id, given, now);
}
