import { generateRegistrationOptions } from "@simplewebauthn/server";
import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { endSessionsOf, hasSecondFactor, rotateSession } from "../sessions/index.ts";
import { getUser, hasTotp, refuseWithoutSecondFactor } from "../users/index.ts";
import type { UserRow } from "../users/index.ts";
import { lockOwnRow, replaceRecoveryCodes } from "./account-queries.ts";
import type { AccountDeps, AccountOwner, Rotation } from "./own-account.ts";
import { newChallenge, spendChallenge } from "./passkey-challenges.ts";
import {
  deletePasskeyRow,
  findPasskeyRow,
  insertPasskeyIfNew,
  listPasskeyRows,
  renamePasskeyRow,
  setPasskeyCount,
} from "./passkey-queries.ts";
import type { PasskeyRow } from "./passkey-queries.ts";
import { storeRecoveryCodes } from "./recovery-codes.ts";
import { checkAttestation, relyingParty } from "./verify-passkey.ts";
import type { Attestation, CheckedAttestation } from "./verify-passkey.ts";

const PASSKEYS_MAX = 20;
const TIMEOUT_MS = 5 * 60_000;

/** A passkey as its user sees it. */
export function presentPasskey(row: PasskeyRow) {
  const { id, name, created_at, last_used_at } = row;
  return { id, name, synced: row.synced === 1, created_at, last_used_at };
}

export async function listPasskeys(deps: AccountDeps, owner: AccountOwner) {
  return (await listPasskeyRows(deps.database.db, owner.actor.id)).map(presentPasskey);
}

/**
 * What the browser makes a passkey from: one that it finds by itself, and that verifies the person, so that it logs in
 * without a password.
 */
export async function beginPasskey(deps: AccountDeps, owner: AccountOwner) {
  const user = await getUser(deps.database.db, owner.actor.id);
  const known = await listPasskeyRows(deps.database.db, user.id);
  const { id: rpID } = relyingParty(deps.publicUrl);
  return await generateRegistrationOptions({
    rpName: "PACKAGE.broker",
    rpID,
    timeout: TIMEOUT_MS,
    attestationType: "none",
    userName: user.email ?? "",
    userDisplayName: user.name,
    userID: new Uint8Array(Buffer.from(user.id)),
    challenge: newChallenge(deps, { kind: "registration", session: owner.session.id }),
    excludeCredentials: known.map((row) => ({ id: row.credential_id, transports: transportsOf(row) })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
}

export function transportsOf(row: PasskeyRow): string[] {
  return JSON.parse(row.transports) as string[];
}

/**
 * Adds what the browser has made. The first second factor comes with recovery codes, and ends the user's other
 * sessions, for none of them gave it; this session gets another secret.
 */
export async function addPasskey(
  deps: AccountDeps,
  owner: AccountOwner,
  input: { name: string; response: Attestation },
): Promise<Rotation & { passkey: PasskeyRow; recoveryCodes: string[] | null }> {
  const made = await checkAttestation(deps, owner.session.id, input.response);
  if (made === undefined) throw notTaken();
  return await deps.database.transaction(async (trx) => {
    await lockOwnRow(trx, deps.database.engine, owner.actor.id);
    const user = await getUser(trx, owner.actor.id);
    if (user.passkeys >= PASSKEYS_MAX) {
      throw new AppError("resource.conflict", `You have ${PASSKEYS_MAX} passkeys; remove one that you do not use.`);
    }
    if (!(await spendChallenge(deps, trx, made.challenge))) throw notTaken();
    const passkey = await storePasskey(deps, trx, user, { name: input.name.trim(), made });
    await recordAuditEvent(deps, trx, owner.actor, {
      action: "user.passkey_added",
      target: { kind: "user", id: user.id },
      details: { before: { passkeys: user.passkeys }, after: { passkeys: user.passkeys + 1, passkey: passkey.id } },
      personal: { name: passkey.name },
    });
    const isFirst = !hasSecondFactor(user);
    if (isFirst) await endSessionsOf(deps, trx, owner.actor, user.id, { except: owner.session.id });
    const recoveryCodes = isFirst ? await storeRecoveryCodes(deps, trx, user.id) : null;
    return { ...(await rotateSession(deps, trx, owner.session.id)), passkey, recoveryCodes };
  });
}

async function storePasskey(
  deps: AccountDeps,
  trx: Db,
  user: UserRow,
  { name, made }: { name: string; made: CheckedAttestation },
): Promise<PasskeyRow> {
  const now = nowSeconds(deps.clock);
  const row: PasskeyRow = {
    id: newId("passkey"),
    user: user.id,
    name,
    created_at: now,
    last_used_at: null,
    credential_id: made.credentialId,
    public_key: made.publicKey,
    counter: made.counter,
    transports: JSON.stringify(made.transports),
    synced: made.isSynced ? 1 : 0,
  };
  if (!(await insertPasskeyIfNew(trx, row))) {
    throw new AppError("resource.conflict", "This passkey is registered here already.");
  }
  await setPasskeyCount(trx, user.id, user.passkeys + 1, now);
  return row;
}

function notTaken(): AppError {
  return invalidField(
    "/response",
    "is not what this server asked for, or was used already; begin again with POST /api/account/passkeys/options",
  );
}

export async function renamePasskey(deps: AccountDeps, owner: AccountOwner, id: string, given: string) {
  const name = given.trim();
  return await deps.database.transaction(async (trx) => {
    const row = await getOwnPasskey(deps, trx, owner, id);
    if (row.name === name) return presentPasskey(row);
    await renamePasskeyRow(trx, id, name);
    await recordAuditEvent(deps, trx, owner.actor, {
      action: "user.passkey_renamed",
      target: { kind: "user", id: row.user },
      details: { after: { passkey: id } },
      personal: { name, name_before: row.name },
    });
    return presentPasskey({ ...row, name });
  });
}

/** Refused where the role must have a second factor and this is the last one. The session gets another secret. */
export async function removePasskey(deps: AccountDeps, owner: AccountOwner, id: string): Promise<Rotation> {
  return await deps.database.transaction(async (trx) => {
    const row = await getOwnPasskey(deps, trx, owner, id);
    const user = await getUser(trx, row.user);
    const left = { ...user, passkeys: user.passkeys - 1 };
    await refuseWithoutSecondFactor(trx, left);
    await deletePasskeyRow(trx, id);
    await setPasskeyCount(trx, user.id, left.passkeys, nowSeconds(deps.clock));
    if (!hasTotp(user) && left.passkeys === 0) await replaceRecoveryCodes(trx, user.id, []);
    await recordAuditEvent(deps, trx, owner.actor, {
      action: "user.passkey_removed",
      target: { kind: "user", id: user.id },
      details: { before: { passkeys: user.passkeys, passkey: id }, after: { passkeys: left.passkeys } },
      personal: { name: row.name },
    });
    return await rotateSession(deps, trx, owner.session.id);
  });
}

/** With the user's row held, which keeps how many there are. */
async function getOwnPasskey(deps: AccountDeps, trx: Db, owner: AccountOwner, id: string): Promise<PasskeyRow> {
  await lockOwnRow(trx, deps.database.engine, owner.actor.id);
  const row = await findPasskeyRow(trx, owner.actor.id, id);
  if (row === undefined) throw new AppError("resource.not_found", `You have no passkey ${id}.`);
  return row;
}
