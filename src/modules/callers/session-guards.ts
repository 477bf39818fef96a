import { AppError } from "../../platform/errors.ts";
import type { Principal } from "./principal.ts";

/** What a route says of sessions. */
export interface SessionGuards {
  /** For what a session alone must not be able to do: who sits there must have proved who they are of late. */
  stepUp?: true;
  /** For what a user whose role must have a second factor does before there is one: setting it up. */
  beforeSecondFactor?: true;
}

/**
 * What a session must bring besides its role. A management token has neither: it proves nothing but itself, is made by
 * somebody who did, and is bounded by its scopes.
 */
export function guardSession({ session }: Principal, guards: SessionGuards, now: number): void {
  if (session === undefined) return;
  if (session.lacksSecondFactor && guards.beforeSecondFactor !== true) {
    throw new AppError(
      "auth.second_factor_required",
      `The role ${session.role} needs a second factor here, and you have none yet: set up an authenticator app or a passkey (POST /api/account/totp, POST /api/account/passkeys).`,
    );
  }
  if (guards.stepUp === true && session.provenUntil <= now) {
    throw new AppError(
      "auth.step_up_required",
      "Confirm that it is you: send your password, a code or a passkey to POST /api/session/step-up, and repeat this within 10 minutes.",
    );
  }
}
