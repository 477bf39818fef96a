import type { Mail } from "../../platform/mail/index.ts";
import type { Refusals } from "../audit/index.ts";
import type { LoginOrigin, SessionDeps } from "../sessions/index.ts";
import type { UserDeps } from "../users/index.ts";

export interface LoginDeps extends UserDeps, Pick<SessionDeps, "publicUrl" | "sessionLifetime"> {
  refusals: Pick<Refusals, "count">;
  mail: Pick<Mail, "canSend" | "send">;
}

/** A request by somebody who logs in, as far as it matters. */
export interface LoginRequest extends LoginOrigin {
  headers: Readonly<Record<string, string | string[] | undefined>>;
}
