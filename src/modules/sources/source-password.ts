import { DecryptionError } from "../../platform/crypto/cipher.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Db } from "../../schema.ts";
import type { SourceRow } from "./source-queries.ts";

/** Whom a password is for: it opens for this source, at this origin and with this user name only. */
export type PasswordPlace = Pick<SourceRow, "id" | "url" | "username">;

type Sealed = PasswordPlace & { readonly sealed_password: string };

/** Seals a password together with where it may be sent, so that a row that somebody changed sends it nowhere else. */
export function sealPassword(cipher: Pick<Cipher, "seal">, place: PasswordPlace, password: string): string {
  return cipher.seal(password, contextOf(place));
}

/** Throws {@link DecryptionError} where it was not given for this place. */
export function openPassword(cipher: Pick<Cipher, "open">, source: Sealed): string {
  try {
    return cipher.open(source.sealed_password, contextOf(source));
  } catch (error) {
    if (!(error instanceof DecryptionError) || error.problem !== "changed") throw error;
    const message = `the stored password was changed, or given for another address or user name than those of ${originOf(source.url)}: give it anew`;
    throw new DecryptionError(message, "changed", { cause: error });
  }
}

/**
 * Binds the passwords of releases that did not yet, to where they are sent now. Once for a database: whoever puts back
 * one of the old form later gains nothing.
 */
export async function bindPasswords(cipher: Pick<Cipher, "open" | "seal">, trx: Db): Promise<void> {
  const rows = await trx
    .selectFrom("sources")
    .select(["id", "url", "username", "sealed_password"])
    .where("sealed_password", "is not", null)
    .execute();
  for (const { sealed_password, ...place } of rows) {
    const password = sealed_password === null ? undefined : openUnbound(cipher, place.id, sealed_password);
    if (password === undefined) continue;
    const bound = { sealed_password: sealPassword(cipher, place, password) };
    await trx.updateTable("sources").set(bound).where("id", "=", place.id).execute();
  }
}

/** Scheme, host and port: the same for two URLs where a password of one may go to the other. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}

function openUnbound(cipher: Pick<Cipher, "open">, id: string, sealed: string): string | undefined {
  try {
    return cipher.open(sealed, id);
  } catch (error) {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  }
}

function contextOf({ id, url, username }: PasswordPlace): string {
  return JSON.stringify(["source password", id, originOf(url), username]);
}
