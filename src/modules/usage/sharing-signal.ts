import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import { readSettings } from "../settings/index.ts";
import {
  addNetworks,
  beginSuspicion,
  countNetworksOfDay,
  findOwner,
  listTokensOfManyNetworks,
  raiseSuspicion,
} from "./network-queries.ts";
import type { NewTokenNetwork } from "./network-queries.ts";
import { DAY_SECONDS } from "./pending-usage.ts";
import { NETWORKS_PER_TOKEN_MAX } from "./recent-networks.ts";

/** What a team at home with changing addresses rarely reaches in a week; see docs/administration/usage.md. */
export const SHARING_NETWORKS_DEFAULT = 40;
export const SHARING_DAYS_DEFAULT = 7;

export type SharingDeps = AuditDeps & { clock: Clock };

/** Adds networks to what is known, and suspects sharing where there are too many now; within the transaction. */
export async function storeNetworks(deps: SharingDeps, trx: Db, noted: readonly NewTokenNetwork[]): Promise<void> {
  const rows: NewTokenNetwork[] = [];
  for (const [day, ofDay] of Map.groupBy(noted, (row) => row.day)) {
    const tokens = [...new Set(ofDay.map(({ token }) => token))];
    const counts = await countNetworksOfDay(trx, tokens, day);
    rows.push(...ofDay.filter(({ token }) => (counts.get(token) ?? 0) < NETWORKS_PER_TOKEN_MAX));
  }
  if (rows.length === 0) return;
  await addNetworks(trx, rows);
  const people = rows.filter(({ ci_only }) => ci_only === 0).map(({ token }) => token);
  if (people.length > 0) await suspectSharing(deps, trx, [...new Set(people)].sort());
}

/**
 * Tells, once per token and period, that a token was used from more networks than is usual. It blocks nothing: what
 * looks like sharing may be a large team.
 */
async function suspectSharing(deps: SharingDeps, trx: Db, tokens: readonly string[]): Promise<void> {
  const settings = await readSettings(trx);
  const max = settings.sharing_networks_max ?? SHARING_NETWORKS_DEFAULT;
  const days = settings.sharing_days ?? SHARING_DAYS_DEFAULT;
  if (max === 0) return;
  const now = nowSeconds(deps.clock);
  const day = now - (now % DAY_SECONDS) - (days - 1) * DAY_SECONDS;
  for (const { token, networks } of await listTokensOfManyNetworks(trx, tokens, { day, max })) {
    if (!(await beginSuspicion(trx, { token, suspected_at: now, networks, days }))) {
      await raiseSuspicion(trx, token, networks);
      continue;
    }
    const { shop, customer } = await findOwner(trx, token);
    await recordAuditEvent(
      deps,
      trx,
      { kind: "system", id: null, requestId: null },
      {
        action: "token.sharing_suspected",
        target: { kind: "token", id: token },
        ...{ shop, customer, details: { after: { networks, days } } },
      },
    );
  }
}
