import { nowSeconds } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { passwordChangedMail } from "../account-mails/index.ts";
import type { Actor } from "../audit/index.ts";
import { findUsableLink, takeLink, voidLinks } from "../one-time-links/index.ts";
import { readSettings } from "../settings/index.ts";
import { deviceCookie, getUser, hashPassword, passwordProblem, setPassword } from "../users/index.ts";
import type { PasswordResetDeps } from "./create-password-reset.ts";

/**
 * Sets a new password and ends all sessions of the user. It logs nobody in: a mailbox alone must not get past an
 * authenticator, and whoever has the new password can log in. The browser is known from then on: it is the way in while
 * somebody keeps strangers waiting.
 */
export async function completePasswordReset(
  deps: PasswordResetDeps & { mail: Mail },
  input: { token: string; password: string; requestId: string },
): Promise<{ deviceCookie: string }> {
  // Before the hash: who has no link shall not keep the processor busy.
  const link = await findUsableLink(deps, deps.database.db, "password_reset", input.token);
  const { email, name } = await getUser(deps.database.db, link.user ?? "");
  const { vendor_name: vendorName } = await readSettings(deps.database.db);
  const problem = await passwordProblem(input.password, { email: email ?? "", name, vendorName });
  if (problem !== undefined) throw invalidField("/password", problem);
  const passwordHash = await hashPassword(input.password);
  const { notice, user } = await deps.database.transaction(async (trx) => {
    const userId = (await takeLink(deps, trx, "password_reset", input.token)).user ?? "";
    const actor: Actor = { kind: "user", id: userId, requestId: input.requestId };
    const user = await setPassword(deps, trx, actor, { userId, passwordHash });
    await voidLinks(deps, trx, userId);
    const place = { publicUrl: deps.publicUrl, vendorName: (await readSettings(trx)).vendor_name };
    return { notice: passwordChangedMail(place, user.email ?? "", nowSeconds(deps.clock)), user };
  });
  deps.mail.send(notice);
  return { deviceCookie: deviceCookie(deps, user) };
}
