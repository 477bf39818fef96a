import type { Cipher, SignatureCheck } from "../../platform/crypto/cipher.ts";
import { constantTimeEqual } from "../../platform/crypto/secrets.ts";
import type { AuditHeadRow, AuditRow } from "./audit-queries.ts";

/** What the first record is chained to. */
export const CHAIN_START = "package-broker audit chain 1";

export type AuditCipher = Pick<Cipher, "hasKey" | "keyId" | "mac" | "macs" | "sign" | "check">;

type WrittenFields = Omit<
  AuditRow,
  | "chain_mac"
  | "sealed_at"
  | "sequence"
  | "personal_values"
  | "personal_customer"
  | "nonce"
  | "mac"
  | "chain_key"
  | "refused_at"
>;
type Head = Pick<AuditHeadRow, "sequence" | "chain_mac">;

function fieldsOf(record: WrittenFields): (string | number | null)[] {
  return [
    ...[record.id, record.occurred_at, record.actor_kind, record.actor_id, record.action, record.target_kind],
    ...[record.target_id, record.shop, record.customer, record.request_id, record.details, record.personal_commitment],
  ];
}

/**
 * A record's signature, made when it is written, of its every field and its id: whoever adds or edits a record without
 * the key, or copies one under another id, has none for it.
 */
export function macOf(cipher: Pick<Cipher, "sign">, record: WrittenFields): string {
  return cipher.sign("audit record", JSON.stringify(fieldsOf(record)));
}

/** Why a record is not to be believed, in words; undefined where it was written with the key. */
export function problemOfRecord(
  cipher: Pick<Cipher, "check">,
  record: WrittenFields & Pick<AuditRow, "mac">,
): string | undefined {
  const name = `record ${record.id} (${record.action})`;
  if (record.mac === null) return `${name} has no MAC: it was not written by this release of the server`;
  switch (cipher.check("audit record", JSON.stringify(fieldsOf(record)), record.mac)) {
    case "genuine":
      return undefined;
    case "forged":
      return `${name} does not fit its MAC: it was edited, copied or added without the key`;
    case "unknown_key":
      return `${name} names an encryption key that is not there`;
  }
}

/**
 * A record's link in the chain: a keyed hash of its signature, its place and the link before it. Whoever removes or
 * reorders records without the key breaks every link from there on.
 */
export function linkOf(
  cipher: AuditCipher,
  before: string,
  sequence: number,
  mac: string,
): { chain_key: string; chain_mac: string } {
  const [chain_key = "", chain_mac = ""] = cipher
    .sign("audit chain 2", JSON.stringify([before, sequence, mac]))
    .split(".");
  return { chain_key, chain_mac };
}

/** The link of a record without a signature, as the release before made it. */
export function unsignedLinkOf(cipher: AuditCipher, before: string, sequence: number, record: WrittenFields): string {
  return cipher.mac("audit chain", unsignedText(before, sequence, record));
}

function unsignedText(before: string, sequence: number, record: WrittenFields): string {
  return JSON.stringify([before, sequence, ...fieldsOf(record)]);
}

/** Whether a sealed record stands where it was sealed, with what it said then. */
export function checkLink(cipher: AuditCipher, before: string, row: AuditRow): SignatureCheck {
  const sequence = row.sequence ?? 0;
  const link = row.chain_mac ?? "";
  if (row.mac === null) {
    return cipher.check("audit chain", unsignedText(before, sequence, row), link);
  }
  const text = JSON.stringify([before, sequence, row.mac]);
  return cipher.check("audit chain 2", text, `${row.chain_key ?? ""}.${link}`);
}

/** The signature of the chain's end. */
export function signatureOf(cipher: Pick<Cipher, "sign">, { sequence, chain_mac }: Head): string {
  return cipher.sign("audit head 2", JSON.stringify([sequence, chain_mac]));
}

export function isSigned(cipher: AuditCipher, head: AuditHeadRow): boolean {
  if (keyIdOf(head.signature) !== cipher.keyId) return false;
  return isSignedByRing(cipher, head);
}

/** By the key in use, or one before it: the first start after a rotation goes on from there. */
export function isSignedByRing(cipher: AuditCipher, head: AuditHeadRow): boolean {
  if (isOfOldRelease(head)) return false;
  const text = JSON.stringify([head.sequence, head.chain_mac]);
  return cipher.check("audit head 2", text, head.signature) === "genuine";
}

/** Of a signature that names its key; undefined of older ones. */
export function keyIdOf(signature: string): string | undefined {
  return signature.includes(".") ? signature.split(".")[0] : undefined;
}

/** The release before signed without naming its key, and did not look at what it sealed. */
export function isOfOldRelease(head: Pick<AuditHeadRow, "signature">): boolean {
  return !head.signature.includes(".");
}

export function isSignedByOldRelease(cipher: AuditCipher, head: AuditHeadRow): boolean {
  const text = `${head.sequence} ${head.chain_mac}`;
  return isOfOldRelease(head) && cipher.check("audit head", text, head.signature) === "genuine";
}

/**
 * What a record keeps of its personal values, which can be erased beside it. Bound to the record and to the customer
 * they are erased with, so that values of one record cannot take the place of another's.
 */
export function commitmentOf(
  cipher: Pick<Cipher, "sign">,
  record: { id: string; customer: string | null },
  nonce: string,
  values: string,
): string {
  return cipher.sign("audit personal values 2", JSON.stringify([record.id, record.customer, nonce, values]));
}

/** Erased values are no error; changed ones are. */
export function hasPersonalValuesOfItsOwn(cipher: AuditCipher, row: AuditRow): boolean {
  if (row.personal_values === null || row.nonce === null) return true;
  if (row.personal_commitment === null || row.personal_customer !== row.customer) return false;
  if (row.mac === null) {
    const commitment = cipher.check(
      "audit personal values",
      `${row.nonce}\n${row.personal_values}`,
      row.personal_commitment,
    );
    return commitment === "genuine";
  }
  const text = JSON.stringify([row.id, row.customer, row.nonce, row.personal_values]);
  return cipher.check("audit personal values 2", text, row.personal_commitment) === "genuine";
}

export function isSameEnd(one: Head, other: Head): boolean {
  return one.sequence === other.sequence && constantTimeEqual(one.chain_mac, other.chain_mac);
}
