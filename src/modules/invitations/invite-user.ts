import { AppError } from "../../platform/errors.ts";
import type { Message } from "../../platform/mail/index.ts";
import type { UserRole } from "../../schema.ts";
import { invitationMail } from "../account-mails/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { createLink } from "../one-time-links/index.ts";
import type { CreatedLink } from "../one-time-links/index.ts";
import { readSettings } from "../settings/index.ts";
import {
  createUser,
  findUserByEmail,
  holdManagers,
  holdUser,
  readEmail,
  refuseBounded,
  refuseForeignRole,
} from "../users/index.ts";
import type { UserDeps, UserManager, UserRow } from "../users/index.ts";

export type InvitationDeps = UserDeps & { publicUrl: string };

export interface NewInvitation {
  email: string;
  /** Default: what stands before the @; whoever accepts may give another one. */
  name?: string | undefined;
  role: UserRole;
}

/** The message is for after the commit: nothing is sent from inside a transaction. */
export interface SentInvitation extends CreatedLink {
  user: UserRow;
  message: Message;
}

/**
 * Makes a user without a password, and the link to choose one. Once more for somebody who has not accepted yet makes a
 * new link, and the one before ends. Throws `resource.conflict` for somebody who can log in already, or was invited
 * with another role; `auth.outside_role` for an owner whom no owner invites.
 */
export async function inviteUser(
  deps: InvitationDeps,
  caller: UserManager,
  input: NewInvitation,
): Promise<SentInvitation> {
  refuseBounded(caller);
  refuseForeignRole(caller, input.role);
  const email = readEmail(input.email);
  return await deps.database.transaction(async (trx) => {
    await holdManagers(deps, trx, caller);
    const found = await findUserByEmail(trx, email);
    const known = found === undefined ? undefined : await holdUser(deps, trx, found.id);
    if (known !== undefined) refuseOtherThanInvited(known, input.role);
    const name = input.name ?? email.split("@")[0] ?? email;
    const user =
      known ?? (await createUser(deps, trx, caller.actor, { email, name, role: input.role, passwordHash: null }));
    const createdBy = caller.actor.id ?? caller.actor.kind;
    const created = await createLink(deps, trx, { kind: "invitation", user: user.id, createdBy });
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "user.invited",
      target: { kind: "user", id: user.id },
      details: { after: { role: user.role, link_expires_at: created.expiresAt } },
      personal: { email },
    });
    const place = { publicUrl: deps.publicUrl, vendorName: (await readSettings(trx)).vendor_name };
    return { user, ...created, message: invitationMail(place, email, created) };
  });
}

function refuseOtherThanInvited(known: UserRow, role: UserRole): void {
  const problem =
    known.password_hash !== null
      ? "is the address of a user who can log in already"
      : known.role !== role
        ? `was invited with the role ${known.role}; change the role of that user first, or remove the user`
        : undefined;
  if (problem === undefined) return;
  throw new AppError("resource.conflict", `/email ${problem}`, { errors: [{ pointer: "/email", detail: problem }] });
}
