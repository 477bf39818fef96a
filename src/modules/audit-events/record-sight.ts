import type { Db } from "../../schema.ts";
import type { RecordSight } from "../audit/index.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { findVisibleIds } from "./record-sight-queries.ts";

/** Who reads audit records; the command line has no scopes and sees everything. */
export type RecordReader = Caller & Partial<Pick<Principal, "scopes">>;

/**
 * What is shown of people in audit records: of users with `users:read`, which is worth nothing with a package bound;
 * of customers and tokens where they exist for the caller.
 */
export function recordSightOf(db: Db, caller: RecordReader): RecordSight {
  if (caller.packageBound !== null) return { people: false, amongVisible: (ids) => findVisibleIds(db, caller, ids) };
  return { people: caller.actor.kind === "cli" || caller.scopes?.has("users:read") === true };
}
