import { nowSeconds } from "../../platform/clock.ts";
import type { Engine, RecordChange } from "../../platform/database/index.ts";
import type { Db, LeakOutcome } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor, AuditDeps } from "../audit/index.ts";
import { endRotatedSecrets, findRotatedSecret } from "../rotated-secrets/index.ts";
import { countEnabledWebhooksOf } from "../webhooks/index.ts";
import { presentManagementToken } from "./management-token-presenter.ts";
import {
  findManagementToken,
  findManagementTokenByHash,
  lockManagementToken,
  markManagementTokenRevoked,
} from "./management-token-queries.ts";
import type { ManagementTokenRow } from "./management-token-queries.ts";

interface Found {
  row: ManagementTokenRow;
  /** False where the secret was replaced. */
  isCurrent: boolean;
  /** Of one that was replaced: until when it works besides. */
  worksUntil: number;
}

/** The management token of a secret, also of one that was replaced, held until the transaction ends. */
export async function findManagementTokenBySecret(
  trx: Db,
  engine: Engine,
  secretHash: string,
): Promise<Found | undefined> {
  const before = await findRotatedSecret(trx, "management_token", secretHash);
  const id = before?.management_token ?? (await findManagementTokenByHash(trx, secretHash))?.id;
  if (id === undefined) return undefined;
  await lockManagementToken(trx, engine, id);
  const row = await findManagementToken(trx, id);
  if (row === undefined) return undefined;
  const replaced = await findRotatedSecret(trx, "management_token", secretHash);
  return { row, isCurrent: row.secret_hash === secretHash, worksUntil: replaced?.expires_at ?? 0 };
}

/** Ends the token whose secret was found in public; of one that was replaced, that secret only. */
export async function revokeLeakedManagementToken(
  deps: AuditDeps,
  trx: Db,
  changed: RecordChange,
  actor: Actor,
  { row, isCurrent, worksUntil }: Found,
): Promise<{ outcome: LeakOutcome; enabledWebhooks: number }> {
  const { id } = row;
  const now = nowSeconds(deps.clock);
  const enabledWebhooks = await countEnabledWebhooksOf(trx, id);
  const holder = { kind: "management_token" as const, id };
  if (!isCurrent) {
    if (worksUntil <= now) return { outcome: "noted", enabledWebhooks };
    await endRotatedSecrets(trx, holder, now);
    changed(`management_token:${id}`);
    return { outcome: "secret_ended", enabledWebhooks };
  }
  if (!(await markManagementTokenRevoked(trx, id, now))) return { outcome: "noted", enabledWebhooks };
  await endRotatedSecrets(trx, holder, now);
  await recordAuditEvent(deps, trx, actor, {
    action: "management_token.revoked",
    target: { kind: "management_token", id },
    shop: row.shop,
    details: {
      before: { status: presentManagementToken(row, now).status },
      after: { status: "revoked", why: "leaked" },
    },
  });
  changed(`management_token:${id}`);
  return { outcome: "revoked", enabledWebhooks };
}
