import { AppError } from "../../platform/errors.ts";
import type { Message } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { passwordResetMail } from "../account-mails/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { createLink } from "../one-time-links/index.ts";
import type { CreatedLink } from "../one-time-links/index.ts";
import { readSettings } from "../settings/index.ts";
import { holdManagers, holdUser, refuseBounded, refuseForeignRole } from "../users/index.ts";
import type { UserDeps, UserManager, UserRow } from "../users/index.ts";

export type PasswordResetDeps = UserDeps & { publicUrl: string };

/** The message is for after the commit: nothing is sent from inside a transaction. */
export interface SentPasswordReset extends CreatedLink {
  message: Message;
}

/**
 * A link by which a user sets a new password, for whoever helps them. The password and the sessions stay until it is
 * used. Throws `auth.outside_role` where an owner is reset by somebody who is none.
 */
export async function createPasswordReset(
  deps: PasswordResetDeps,
  caller: UserManager,
  userId: string,
): Promise<SentPasswordReset> {
  refuseBounded(caller);
  return await deps.database.transaction(async (trx) => {
    await holdManagers(deps, trx, caller);
    const user = await holdUser(deps, trx, userId);
    refuseForeignRole(caller, user.role);
    if (user.password_hash === null) {
      throw new AppError("resource.conflict", "This user has not accepted the invitation yet; invite them again.");
    }
    return await makeReset(deps, trx, caller.actor, user);
  });
}

/** The link, its record and its mail; for a user who has a password, held still by the caller. */
export async function makeReset(
  deps: PasswordResetDeps,
  trx: Db,
  actor: Actor,
  user: UserRow,
): Promise<SentPasswordReset> {
  const createdBy = actor.id ?? actor.kind;
  const created = await createLink(deps, trx, { kind: "password_reset", user: user.id, createdBy });
  await recordAuditEvent(deps, trx, actor, {
    action: "user.password_reset_requested",
    target: { kind: "user", id: user.id },
    details: { after: { link_expires_at: created.expiresAt } },
  });
  const place = { publicUrl: deps.publicUrl, vendorName: (await readSettings(trx)).vendor_name };
  return { ...created, message: passwordResetMail(place, user.email ?? "", created) };
}
