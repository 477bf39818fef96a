import type { Actor } from "../audit/index.ts";
import type { Scope } from "./scopes.ts";

/** On whose behalf a use case runs, and how far that reaches. */
export interface Caller {
  actor: Actor;
  /** The name space of customers it sees; null sees all (the command line). */
  shop: string | null;
  /** Canonical grant patterns it may hand out and see; null means everything. */
  packageBound: readonly string[] | null;
}

/** A caller of the Management API. */
export interface Principal extends Caller {
  actor: Actor & { kind: "management_token"; id: string };
  shop: string;
  scopes: ReadonlySet<Scope>;
}

/** The operator on the machine itself, who could read the database as well. */
export const commandLine: Caller = {
  actor: { kind: "cli", id: null, requestId: null },
  shop: null,
  packageBound: null,
};
