import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { accessTo, compileGrant, listEffectiveGrants, opensPackage } from "../grants/index.ts";
import type { PackageAccess } from "../grants/index.ts";
import { statusOf } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { MoveDeps } from "./move-deps.ts";
import { listPackageNames } from "./move-queries.ts";

/** What a credential opens differently after a move. */
export interface AccessChange {
  id: string;
  description: string;
  last_four: string;
  status: ReturnType<typeof statusOf>;
  /** Packages, or more versions of them, that it does not open now. */
  gains: string[];
  loses: string[];
}

/** More than anybody reads before saying yes. */
const TOKENS_MAX = 200;

/** Ends a transaction without its changes. */
class Measured extends Error {
  readonly changes: AccessChange[];

  constructor(changes: AccessChange[]) {
    super("nothing is kept of a preview");
    this.changes = changes;
  }
}

/** Does something, looks what every credential of these customers opens then, and undoes it. */
export async function previewAccess(
  deps: MoveDeps,
  move: (
    deps: MoveDeps,
    trx: Db,
    changed: RecordChange,
    /** Told whose tokens to look at before anything is moved. */
    measure: (customers: readonly string[], also?: readonly TokenRow[]) => Promise<void>,
  ) => Promise<unknown>,
): Promise<AccessChange[]> {
  const { mails: _untold, ...silent } = deps;
  try {
    await deps.database.transaction(async (trx) => {
      const now = nowSeconds(deps.clock);
      let before: Map<string, Opened> | undefined;
      const measure = async (customers: readonly string[], also: readonly TokenRow[] = []) => {
        before = await openedBy(trx, [...(await listLiveTokens(trx, customers)), ...also], now);
      };
      await move(silent, trx, () => undefined, measure);
      throw new Measured(await compare(trx, before ?? new Map(), now));
    });
  } catch (error) {
    if (error instanceof Measured) return error.changes;
    throw error;
  }
  return [];
}

interface Opened {
  row: TokenRow;
  packages: Map<string, PackageAccess>;
}

async function listLiveTokens(trx: Db, customers: readonly string[]): Promise<TokenRow[]> {
  if (customers.length === 0) return [];
  const rows = await trx
    .selectFrom("tokens")
    .selectAll()
    .where("customer", "in", customers)
    .where("revoked_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .limit(TOKENS_MAX)
    .execute();
  return rows;
}

async function openedBy(trx: Db, rows: readonly TokenRow[], now: number): Promise<Map<string, Opened>> {
  const names = await listPackageNames(trx);
  const opened = new Map<string, Opened>();
  for (const row of rows) {
    // One that has ended is refused, whatever was granted to it.
    const held = statusOf(row, now) === "expired" ? [] : await listEffectiveGrants(trx, row);
    const grants = held.flatMap((grant) => compileGrant(grant) ?? []);
    const packages = new Map(names.map((name) => [name, accessTo(grants, name, now)]));
    opened.set(row.id, { row, packages });
  }
  return opened;
}

async function compare(trx: Db, before: ReadonlyMap<string, Opened>, now: number): Promise<AccessChange[]> {
  const ids = [...before.keys()];
  const rows = ids.length === 0 ? [] : await trx.selectFrom("tokens").selectAll().where("id", "in", ids).execute();
  const after = await openedBy(trx, rows, now);
  return [...before].flatMap(([id, { row, packages }]) => {
    const then = after.get(id)?.packages ?? new Map<string, PackageAccess>();
    const names = [...packages.keys()];
    const gains = names.filter((name) => opensMore(then.get(name), packages.get(name)));
    const loses = names.filter((name) => opensMore(packages.get(name), then.get(name)));
    if (row.revoked_at !== null) return [];
    const { description, last_four } = row;
    return [{ id, description, last_four, status: statusOf(row, now), gains, loses }];
  });
}

/** Whether one opens versions that the other does not. */
function opensMore(one: PackageAccess | undefined, other: PackageAccess | undefined): boolean {
  if (one === undefined || !opensPackage(one)) return false;
  if (other === undefined || !opensPackage(other)) return true;
  if (other.kind !== "partial") return false;
  if (one.kind !== "partial") return true;
  const rules = new Set(other.rule.split("|"));
  return one.rule.split("|").some((rule) => !rules.has(rule));
}
