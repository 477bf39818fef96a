import { AppError } from "../../platform/errors.ts";
import { verifyAuditChain } from "../audit/index.ts";
import type { VerifyDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";

/** A server always has a witness to compare with. */
export type AuditVerifierDeps = VerifyDeps & Required<Pick<VerifyDeps, "auditWitness">>;

export interface PresentedVerification {
  valid: boolean;
  records: number;
  unsealed: number;
  head: string;
  compared_with: string[];
  problem: string | null;
}

/**
 * Walks the chain for whoever asks, and at most once at a time: a page that is reloaded, or ten impatient people,
 * cost one walk. The chain is of all shops, so a caller that is kept to some packages is refused.
 */
export function createAuditVerifier(deps: AuditVerifierDeps): (caller: Caller) => Promise<PresentedVerification> {
  let running: Promise<PresentedVerification> | undefined;
  const verify = async () => {
    const { verified, unsealed, head, comparedWith, problems } = await verifyAuditChain(deps);
    const [problem = null] = problems;
    const valid = problems.length === 0;
    return { valid, records: verified, unsealed, head, compared_with: comparedWith, problem };
  };
  return async (caller) => {
    if (caller.packageBound !== null) {
      throw new AppError(
        "auth.outside_bound",
        "The audit chain is of all packages; this management token has a bound.",
      );
    }
    return await (running ??= verify().finally(() => (running = undefined)));
  };
}
