import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "./audit-events.ts";
import type { AuditDeps } from "./audit-events.ts";

export const PROBLEM_FOUND = "audit.problem_found";

/** Writes that the records are not as they were left; a finding is a record like any other, signed and sealed. */
export async function recordProblem(deps: AuditDeps, trx: Db, target: string, problem: string): Promise<void> {
  await recordAuditEvent(deps, trx, SYSTEM, {
    action: PROBLEM_FOUND,
    target: { kind: "audit", id: target },
    details: { after: { problem } },
  });
}

/** The server itself. */
export const SYSTEM = { kind: "system", id: null, requestId: null } as const;
