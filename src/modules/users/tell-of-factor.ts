import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { secondFactorMail } from "../account-mails/index.ts";
import type { FactorChange } from "../account-mails/index.ts";
import { readSettings } from "../settings/index.ts";
import type { UserDeps } from "./user-deps.ts";
import { findUserRow } from "./user-queries.ts";

export interface FactorMailDeps extends Pick<UserDeps, "database" | "clock"> {
  publicUrl: string;
  mail: Pick<Mail, "canSend" | "send">;
}

/** So that whoever's account it is learns of it; what was changed stays changed where no mail can be sent. */
export async function tellOfFactor(deps: FactorMailDeps, userId: string, change: FactorChange): Promise<void> {
  if (!deps.mail.canSend) return;
  await unlessStorageFails(async () => {
    const { db } = deps.database;
    const user = await findUserRow(db, userId);
    if (user?.email === undefined || user.email === null) return;
    const { vendor_name: vendorName } = await readSettings(db);
    const place = { publicUrl: deps.publicUrl, vendorName };
    deps.mail.send(secondFactorMail(place, user.email, change, nowSeconds(deps.clock)));
  });
}
