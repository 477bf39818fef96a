import { nowSeconds } from "../../platform/clock.ts";
import { EVERYTHING } from "../../platform/database/index.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { closeEntriesAbout } from "../attention/index.ts";
import type { Caller } from "../callers/index.ts";
import { listSuccessors } from "../grants/index.ts";
import { changedHelp, readHelp } from "../settings/index.ts";
import type { HelpChange } from "../settings/index.ts";
import { storedByVendor } from "./abandoned.ts";
import { getVisiblePackage } from "./browse-packages.ts";
import type { CorrectDeps } from "./correct-release-date.ts";
import { findBrowsedPackage, lockPackage, updatePackageWords } from "./package-browse-queries.ts";
import type { BrowsedPackage } from "./package-browse-queries.ts";

export type PackageChange = HelpChange & {
  readonly abandoned?: boolean | string | null | undefined;
  readonly successor?: string | null | undefined;
};

/**
 * What a vendor says of a package beside its repository: that it is abandoned or kept, what it is called now, and where
 * its buyers are sent. A successor is no copy of grants: whatever opens the old name opens the new one, also what is
 * sold or renewed later under the old name, because shops go on naming that. Throws `request.invalid` for a successor
 * that the caller does not see or that leads back.
 */
export async function changePackage(
  deps: CorrectDeps,
  caller: Caller,
  name: string,
  change: PackageChange,
): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const before = await getVisiblePackage(trx, caller, name);
    await lockPackage(trx, deps.database.engine, before.id);
    if (typeof change.successor === "string") await checkSuccessor(trx, caller, before.name, change.successor);
    const { stored } = changedHelp(readHelp(before.help), change);
    const after = {
      abandoned_by_vendor:
        change.abandoned === undefined ? before.abandoned_by_vendor : storedByVendor(change.abandoned),
      successor: change.successor === undefined ? before.successor : change.successor,
      help: stored,
    };
    const names = (["abandoned_by_vendor", "successor", "help"] as const).filter(
      (column) => before[column] !== after[column],
    );
    if (names.length === 0) return;
    await updatePackageWords(trx, before.id, after, nowSeconds(deps.clock));
    if (names.some((column) => column !== "help")) await recordWords(deps, trx, caller, before, after);
    if (names.includes("help")) await recordHelp(deps, trx, caller, before, stored);
    if (after.successor !== null) {
      const about = { kind: "package.renamed", subject: "package", ids: [before.name] };
      await closeEntriesAbout(trx, about, nowSeconds(deps.clock));
    }
    // What tokens open follows from it, whichever they are.
    changed(names.includes("successor") ? EVERYTHING : "packages");
  });
}

type Words = Pick<BrowsedPackage, "abandoned_by_vendor" | "successor">;

async function recordWords(
  deps: CorrectDeps,
  trx: Db,
  caller: Caller,
  before: BrowsedPackage,
  after: Words,
): Promise<void> {
  const wordsOf = ({ abandoned_by_vendor, successor }: Words) => ({ abandoned_by_vendor, successor });
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "package.changed",
    target: { kind: "package", id: before.name },
    details: { before: wordsOf(before), after: wordsOf(after) },
  });
}

/** The address can be somebody's own. */
async function recordHelp(
  deps: CorrectDeps,
  trx: Db,
  caller: Caller,
  before: BrowsedPackage,
  stored: string | null,
): Promise<void> {
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "package.help_changed",
    target: { kind: "package", id: before.name },
    personal: { before: readHelp(before.help), after: readHelp(stored) },
  });
}

/** One outside of the caller's bound does not exist for it. */
async function checkSuccessor(trx: Db, caller: Caller, name: string, successor: string): Promise<void> {
  if (successor === name) throw invalidField("/successor", "must be another package");
  const hosted = await findBrowsedPackage(trx, caller.packageBound, successor);
  if (hosted === undefined) throw invalidField("/successor", `must be hosted, and ${successor} is not`);
  const next = new Map((await listSuccessors(trx)).map((row) => [row.name, row.successor]));
  for (let seen: string | undefined = successor; seen !== undefined; seen = next.get(seen)) {
    if (seen === name) throw invalidField("/successor", `must not lead back: ${successor} is followed by ${name}`);
  }
}
