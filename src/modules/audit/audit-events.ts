import { randomBytes } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import { noteCommit } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import { commitmentOf, macOf } from "./audit-chain.ts";
import type { AuditCipher } from "./audit-chain.ts";
import { insertAuditEvent, insertPersonalValues } from "./audit-queries.ts";

/** Who does something. Every use case takes one, and every audit record names it. */
export interface Actor {
  kind: "management_token" | "cli" | "user" | "system";
  /** The management token's or user's id; null for the command line and the server itself. */
  id: string | null;
  requestId: string | null;
}

export interface AuditEvent {
  /** `token.created`, `management_token.revoked` … */
  action: string;
  target: {
    kind:
      | "token"
      | "management_token"
      | "customer"
      | "order"
      | "source"
      | "package"
      | "credential"
      | "user"
      | "session"
      | "setting"
      | "shop"
      | "webhook"
      | "attention"
      | "audit";
    id: string;
  };
  shop?: string | null;
  /** `customers.id`, so that a customer's history can be listed and erased. */
  customer?: string | null;
  /** What was before and what is after, and by what; pseudonymous ids and settings only. */
  details?: AuditDetails;
  /** Names, e-mail addresses, free text and whatever else may identify a person: kept apart, erasable. */
  personal?: Record<string, unknown>;
}

export interface AuditDetails {
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Of a change that was told as a renewal: what was asked for. */
  renewal?: Record<string, unknown>;
  /** Why, as whoever did it says. */
  reason?: string;
}

export interface AuditDeps {
  clock: Clock;
  cipher: AuditCipher;
}

/** Of what works on the records by itself. */
export interface SealDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
}

/**
 * Writes the record of a change, in the transaction of the change: there is never one without the other. It is signed
 * here, where nobody but the server can, and its id is noted outside of the database once it is committed. The record
 * holds a keyed commitment of the personal values, which live in a table of their own and can be erased from it
 * without touching the record.
 */
export async function recordAuditEvent(deps: AuditDeps, trx: Db, actor: Actor, event: AuditEvent): Promise<void> {
  const id = newTimeOrderedId("evt", deps.clock.nowMs());
  const customer = event.customer ?? null;
  const personal = event.personal === undefined ? undefined : commitTo(deps, { id, customer }, event.personal);
  const record = {
    id,
    occurred_at: nowSeconds(deps.clock),
    actor_kind: actor.kind,
    actor_id: actor.id,
    action: event.action,
    target_kind: event.target.kind,
    target_id: event.target.id,
    shop: event.shop ?? null,
    customer,
    request_id: actor.requestId,
    details: JSON.stringify(event.details ?? {}),
    personal_commitment: personal?.commitment ?? null,
  };
  const seal = { sequence: null, chain_mac: null, sealed_at: null };
  await insertAuditEvent(trx, { ...record, ...seal, mac: macOf(deps.cipher, record) });
  if (personal !== undefined) {
    const { nonce, values } = personal;
    await insertPersonalValues(trx, { event: id, customer, nonce, personal_values: values });
  }
  noteCommit(trx, `${id} ${event.action}`);
}

function commitTo(deps: AuditDeps, record: { id: string; customer: string | null }, personal: Record<string, unknown>) {
  const nonce = randomBytes(16).toString("hex");
  const values = JSON.stringify(personal);
  return { nonce, values, commitment: commitmentOf(deps.cipher, record, nonce, values) };
}
