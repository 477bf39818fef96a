import type { Db } from "../../schema.ts";
import type { RecordSight } from "../audit/index.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { namesOutsideBound } from "../grants/index.ts";
import { findVisibleIds } from "./record-sight-queries.ts";

/** Who reads audit records; the command line has no scopes and sees everything. */
export type RecordReader = Caller & Partial<Pick<Principal, "scopes">>;

/**
 * What is shown of the audit log: what identifies users with `users:read`, which is worth nothing with a package bound;
 * records of customers, tokens and packages where those exist for the caller.
 */
export function recordSightOf(db: Db, caller: RecordReader): RecordSight {
  const { packageBound } = caller;
  if (packageBound !== null) {
    return {
      people: false,
      bounded: {
        amongVisible: (ids) => findVisibleIds(db, caller, ids),
        namesHidden: (details) => namesOutsideBound(details, packageBound).length > 0,
      },
    };
  }
  return { people: caller.actor.kind === "cli" || caller.scopes?.has("users:read") === true };
}
