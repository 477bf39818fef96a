import { DecryptionError } from "../../platform/crypto/cipher.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import type { Db } from "../../schema.ts";
import type { SourceRow } from "./source-queries.ts";

/** Whom a password is for: it opens for this source, at this origin and with this user name only. */
export type PasswordPlace = Pick<SourceRow, "id" | "url" | "username">;

/** For who rotates keys: bound, or as a release that did not bind them yet sealed them. */
export const SEALED_PASSWORDS: SealedColumn = {
  table: "sources",
  key: ["id"],
  column: "sealed_password",
  contextsOf: ({ id, url, username }) => [
    contextOf({ id: id ?? "", url: url ?? "", username: username ?? null }),
    id ?? "",
  ],
};

type Sealed = PasswordPlace & { readonly sealed_password: string };

/** Seals a password together with where it may be sent, so that a row that somebody changed sends it nowhere else. */
export function sealPassword(cipher: Pick<Cipher, "seal">, place: PasswordPlace, password: string): string {
  return cipher.seal(password, contextOf(place));
}

/** Throws {@link DecryptionError} where it was not given for this place. */
export function openPassword(cipher: Pick<Cipher, "open">, source: Sealed): string {
  return open(cipher, source).password;
}

/** Binds a password of a release that did not yet, to where it is sent now; the next read finds it bound. */
export async function bindPassword(
  { db, cipher }: { readonly db: Db; readonly cipher: Pick<Cipher, "open" | "seal"> },
  source: PasswordPlace & Pick<SourceRow, "sealed_password">,
): Promise<void> {
  const { sealed_password } = source;
  if (sealed_password === null) return;
  const { password, isBound } = open(cipher, { ...source, sealed_password });
  if (isBound) return;
  await db
    .updateTable("sources")
    .set({ sealed_password: sealPassword(cipher, source, password) })
    .where("id", "=", source.id)
    .where("sealed_password", "=", sealed_password)
    .execute();
}

/** Scheme, host and port: the same for two URLs where a password of one may go to the other. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}

function open(cipher: Pick<Cipher, "open">, source: Sealed): { password: string; isBound: boolean } {
  try {
    return { password: cipher.open(source.sealed_password, contextOf(source)), isBound: true };
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    const password = openUnbound(cipher, source);
    if (password !== undefined) return { password, isBound: false };
    if (error.problem !== "changed") throw error;
    const message = `the stored password was changed, or given for another address or user name than those of ${originOf(source.url)}: give it anew`;
    throw new DecryptionError(message, "changed", { cause: error });
  }
}

function openUnbound(cipher: Pick<Cipher, "open">, source: Sealed): string | undefined {
  try {
    return cipher.open(source.sealed_password, source.id);
  } catch (error) {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  }
}

function contextOf({ id, url, username }: PasswordPlace): string {
  return JSON.stringify(["source password", id, originOf(url), username]);
}
