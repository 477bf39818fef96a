import { AppError } from "../../platform/errors.ts";
import { patternsOutsideBound } from "../grants/index.ts";
import { isWithinNetworks } from "../../platform/http/networks.ts";
import type { Caller } from "../callers/index.ts";
import type { Scope } from "../callers/index.ts";

/** Somebody who makes management tokens, or gets the secret of one. The command line has no scopes, and may all. */
export type Grantor = Caller & { scopes?: ReadonlySet<Scope>; networks?: readonly string[] | null };

/** Whether everything that a management token may grant lies within the caller's own bound. */
export function isWithinBound(caller: Pick<Caller, "packageBound">, bound: readonly string[] | null): boolean {
  if (caller.packageBound === null) return true;
  return bound !== null && patternsOutsideBound(bound, caller.packageBound).length === 0;
}

/** Nobody hands out a scope that is not their own. */
export function refuseForeignScopes(caller: Grantor, scopes: readonly string[]): void {
  const own: ReadonlySet<string> | undefined = caller.scopes;
  if (own === undefined) return;
  const foreign = scopes.filter((scope) => !own.has(scope));
  if (foreign.length === 0) return;
  const who = caller.actor.kind === "user" ? "your role" : "this management token";
  refuse("/scopes", `reaches past ${who}, which lacks ${foreign.join(", ")}`);
}

export function refuseForeignShop(caller: Caller, shop: string): void {
  if (caller.shop === null || caller.shop === shop) return;
  refuse("/shop", `reaches past this management token, which belongs to the shop ${caller.shop}`);
}

export function refuseForeignBound(caller: Caller, bound: readonly string[] | null): void {
  if (caller.packageBound === null || isWithinBound(caller, bound)) return;
  const outside = bound === null ? "everything" : patternsOutsideBound(bound, caller.packageBound).join(", ");
  const own = caller.packageBound.join(", ");
  refuse("/package_bound", `reaches past this management token, which may grant ${own}: ${outside}`);
}

/** Nor lets anything be used from where they themselves may not ask. */
export function refuseForeignNetworks(caller: Grantor, networks: readonly string[] | null): void {
  const own = caller.networks ?? null;
  if (own === null) return;
  const outside = networks === null ? ["everywhere"] : networks.filter((network) => !isWithinNetworks(network, own));
  if (outside.length === 0) return;
  refuse(
    "/allowed_networks",
    `reaches past this management token, which may be used from ${own.join(", ")}: ${outside.join(", ")}`,
  );
}

function refuse(pointer: string, detail: string): never {
  throw new AppError("auth.outside_bound", `${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}
