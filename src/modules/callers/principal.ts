import { AppError } from "../../platform/errors.ts";
import type { UserRole } from "../../schema.ts";
import type { Actor } from "../audit/index.ts";
import type { Scope } from "./scopes.ts";

/** On whose behalf a use case runs, and how far that reaches. */
export interface Caller {
  actor: Actor;
  /** The name space of customers it sees; null sees all (the command line, a user of the dashboard). */
  shop: string | null;
  /** Canonical grant patterns it may hand out and see; null means everything. */
  packageBound: readonly string[] | null;
}

/** A caller of the Management API: a management token of a shop, or a user with a session. */
export interface Principal extends Caller {
  actor: Actor & { kind: "management_token" | "user"; id: string };
  scopes: ReadonlySet<Scope>;
  /** Of a user; a management token has none. */
  session?: SessionOfUser;
  /** Of a management token: where it may be used from; absent or null is everywhere. */
  networks?: readonly string[] | null;
  /** Of a management token: what a sale has that does not say otherwise. */
  saleDefaults?: SaleDefaults;
}

/** How somebody is logged in. */
export interface SessionOfUser {
  id: string;
  role: Role;
  /** Until when the last proof of who sits there is fresh. */
  provenUntil: number;
  /** The role must have a second factor, and the user has none yet. */
  lacksSecondFactor: boolean;
}

/** Set once on a management token, for handlers that cannot send them with every sale. */
export interface SaleDefaults {
  uniqueBy: "order" | "customer" | null;
  /** `customer`: what is sold becomes a line of the customer's order, and its tokens open all of it. */
  credential: "customer" | null;
  notify: boolean;
  /** null: none. */
  graceDays: number | null;
  /** null: every stability. */
  stability: string | null;
}

/** What a user may do; {@link SCOPES_BY_ROLE} says it in scopes. */
export type Role = UserRole;

/** The operator on the machine itself, who could read the database as well. */
export const commandLine: Caller = {
  actor: { kind: "cli", id: null, requestId: null },
  shop: null,
  packageBound: null,
};

/**
 * The caller, narrowed to the shop that `?shop=` names. A user sees all shops and may choose; for a management token
 * every shop but its own does not exist.
 */
export function withinShop<C extends Caller>(caller: C, shop: string | undefined): C {
  if (shop === undefined) return caller;
  if (caller.shop !== null && caller.shop !== shop) {
    throw new AppError("resource.not_found", "There is no such shop.", {
      errors: [{ pointer: "?shop", detail: "is not the shop of this management token" }],
    });
  }
  return { ...caller, shop };
}
