import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { findUsableLink, takeLink, voidLinks } from "../one-time-links/index.ts";
import { readSettings } from "../settings/index.ts";
import { startSession } from "../sessions/index.ts";
import type { LoginOrigin, SessionDeps, StartedSession } from "../sessions/index.ts";
import { getUser, hashPassword, passwordProblem, readUserName, setPassword } from "../users/index.ts";
import type { UserDeps, UserRow } from "../users/index.ts";
import { renameUser } from "./invitation-queries.ts";

export type AcceptanceDeps = UserDeps & SessionDeps;

export interface Acceptance {
  /** What stands behind `#` in the invitation. */
  token: string;
  name?: string | undefined;
  password: string;
}

/** Whom an invitation is for, so that the page can greet; uses nothing up. Throws `link.…` when it does not work. */
export async function lookUpInvitation(
  deps: Pick<AcceptanceDeps, "clock" | "database">,
  token: string,
): Promise<{ user: UserRow; expiresAt: number }> {
  const link = await findUsableLink(deps, deps.database.db, "invitation", token);
  return { user: await getInvited(deps.database.db, link.user), expiresAt: link.expires_at };
}

/**
 * Sets the password of somebody who was invited and logs in, in one transaction. Throws `link.used` for somebody who
 * has a password: an invitation is no way past it, or past an authenticator.
 */
export async function acceptInvitation(
  deps: AcceptanceDeps,
  input: Acceptance,
  from: LoginOrigin,
): Promise<{ user: UserRow; started: StartedSession }> {
  // Before the hash: who has no link shall not keep the processor busy.
  const { user: invited } = await lookUpInvitation(deps, input.token);
  const name = input.name === undefined ? invited.name : readUserName(input.name);
  const { vendor_name: vendorName } = await readSettings(deps.database.db);
  const problem = await passwordProblem(input.password, { email: invited.email ?? "", name, vendorName });
  if (problem !== undefined) throw invalidField("/password", problem);
  const passwordHash = await hashPassword(input.password);
  return await deps.database.transaction(async (trx) => {
    const link = await takeLink(deps, trx, "invitation", input.token);
    const before = await getInvited(trx, link.user);
    if (before.password_hash !== null) throw new AppError("link.used", "This invitation was accepted already; log in.");
    const actor: Actor = { kind: "user", id: before.id, requestId: from.requestId };
    if (name !== before.name) await renameUser(trx, before.id, name);
    const user = await setPassword(deps, trx, actor, { userId: before.id, passwordHash });
    await voidLinks(deps, trx, user.id);
    await recordAuditEvent(deps, trx, actor, {
      action: "user.invitation_accepted",
      target: { kind: "user", id: user.id },
      details: { before: { status: "invited" }, after: { status: "active", role: user.role } },
      ...(name === before.name ? {} : { personal: { before: { name: before.name }, after: { name } } }),
    });
    return { user, started: await startSession(deps, trx, user.id, from) };
  });
}

/** A link of a user who was removed says that there is no such user. */
async function getInvited(db: Db, id: string | null): Promise<UserRow> {
  return await getUser(db, id ?? "");
}
