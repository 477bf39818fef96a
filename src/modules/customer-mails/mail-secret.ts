import type { Cipher } from "../../platform/crypto/cipher.ts";
import { DecryptionError } from "../../platform/crypto/cipher.ts";
import type { Db } from "../../schema.ts";
import { canonicalAddress } from "../customers/index.ts";
import type { MailRow } from "./mail-queries.ts";

/** Whom a secret is for: it opens for this mail to this address only. */
type MailPlace = Pick<MailRow, "id" | "recipient">;

export const UNREADABLE = Symbol("the secret is not one of this mail to this address, by our key");

/** Two ways to write one address are one. */
export function isSameAddress(one: string | null, other: string): boolean {
  return canonicalAddress(one ?? "") === canonicalAddress(other);
}

/** Sealed together with whom it goes to, so that a row that somebody changed hands it to nobody else. */
export function sealMailSecret(cipher: Pick<Cipher, "seal">, place: MailPlace, secret: string): string {
  return cipher.seal(secret, contextOf(place));
}

/** The secret a mail is about; undefined where it holds none. */
export function openMailSecret(
  cipher: Pick<Cipher, "open">,
  { sealed_secret, ...place }: MailPlace & Pick<MailRow, "sealed_secret">,
): string | undefined | typeof UNREADABLE {
  if (sealed_secret === null) return undefined;
  return openAs(cipher, contextOf(place), sealed_secret) ?? UNREADABLE;
}

/** Binds the secrets of releases that bound them to no address, to the one of their mail now. Once for a database. */
export async function bindMailSecrets(cipher: Pick<Cipher, "open" | "seal">, trx: Db): Promise<void> {
  const rows = await trx
    .selectFrom("customer_mails")
    .select(["id", "recipient", "sealed_secret"])
    .where("sealed_secret", "is not", null)
    .execute();
  for (const { sealed_secret, ...place } of rows) {
    const secret = sealed_secret === null ? undefined : openAs(cipher, `mail ${place.id}`, sealed_secret);
    if (secret === undefined) continue;
    const bound = { sealed_secret: sealMailSecret(cipher, place, secret) };
    await trx.updateTable("customer_mails").set(bound).where("id", "=", place.id).execute();
  }
}

function openAs(cipher: Pick<Cipher, "open">, context: string, sealed: string): string | undefined {
  try {
    return cipher.open(sealed, context);
  } catch (error) {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  }
}

function contextOf({ id, recipient }: MailPlace): string {
  return JSON.stringify(["mail secret", id, canonicalAddress(recipient ?? "")]);
}
