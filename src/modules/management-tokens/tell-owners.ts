import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Message } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { managementTokenMail } from "../account-mails/index.ts";
import type { TokenChange } from "../account-mails/index.ts";
import type { Actor } from "../audit/index.ts";
import { readSettings } from "../settings/index.ts";
import { listOwnerAddresses } from "../users/index.ts";
import { findActorName, isFirstSetup } from "./owner-queries.ts";
import type { ManagementTokenSummary } from "./management-token-presenter.ts";

interface TellDeps {
  clock: Clock;
  publicUrl: string;
}

/**
 * What owners are told of a new management token, of one that reaches further, or one whose secret somebody else has
 * now; to be sent after the commit. Nobody is told what they do while they set the server up.
 */
export async function messagesToOwners(
  deps: TellDeps,
  db: Db,
  change: { kind: TokenChange; token: ManagementTokenSummary; actor: Actor; address: string | null },
): Promise<Message[]> {
  const now = nowSeconds(deps.clock);
  if (await isFirstSetup(db, now)) return [];
  const { vendor_name: vendorName } = await readSettings(db);
  const { token } = change;
  const facts = {
    kind: change.kind,
    name: token.name,
    scopes: token.scopes,
    packages: token.package_bound,
    networks: token.allowed_networks,
    expiresAt: token.expires_at,
    by: await findActorName(db, change.actor),
    address: change.address,
    at: now,
  };
  const owners = await listOwnerAddresses(db);
  return owners.map((to) => managementTokenMail({ publicUrl: deps.publicUrl, vendorName }, to, facts));
}
