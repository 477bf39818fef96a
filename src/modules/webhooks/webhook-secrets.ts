import type { Cipher } from "../../platform/crypto/cipher.ts";
import { DecryptionError } from "../../platform/crypto/cipher.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { WebhookRow } from "./webhook-queries.ts";

/** Where a secret may sign: it opens for this webhook of this shop at this URL only. */
export type SecretPlace = Pick<WebhookRow, "id" | "shop" | "url">;

type SealedSecrets = Pick<WebhookRow, "sealed_secret" | "sealed_previous_secret">;

/** Read again for every attempt, so it is encrypted rather than hashed; a row that somebody changed opens no more. */
export function sealSecret(cipher: Pick<Cipher, "seal">, place: SecretPlace, secret: string): string {
  return cipher.seal(secret, contextOf(place));
}

/** The secret, and the one before as long as it is to sign besides. Throws `DecryptionError`. */
export function signingSecrets(deps: { cipher: Pick<Cipher, "open"> }, row: WebhookRow, now: number): string[] {
  const { sealed_secret, sealed_previous_secret, previous_secret_expires_at } = row;
  const isOverlapping = previous_secret_expires_at !== null && previous_secret_expires_at > now;
  const sealed = [sealed_secret, ...(isOverlapping && sealed_previous_secret !== null ? [sealed_previous_secret] : [])];
  return sealed.map((text) => openSecret(deps.cipher, row, text));
}

/** The same secrets for another URL, that somebody who may change it has named. */
export function sealForUrl(
  cipher: Pick<Cipher, "open" | "seal">,
  row: SecretPlace & SealedSecrets,
  url: string,
): SealedSecrets {
  if (url === row.url) return row;
  const move = (sealed: string) => sealSecret(cipher, { ...row, url }, openFrom(cipher, row, url, sealed));
  return {
    sealed_secret: move(row.sealed_secret),
    sealed_previous_secret: row.sealed_previous_secret === null ? null : move(row.sealed_previous_secret),
  };
}

/** Where the row was changed by somebody else, the URL that is named now may be the one it was made for. */
function openFrom(cipher: Pick<Cipher, "open">, row: SecretPlace, url: string, sealed: string): string {
  for (const place of [row, { ...row, url }]) {
    try {
      return openSecret(cipher, place, sealed);
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
    }
  }
  throw new AppError(
    "resource.conflict",
    "The signing secret of this webhook cannot be read: it was made for another URL, or encrypted with another key. Rotate it first, then change the URL.",
  );
}

function openSecret(cipher: Pick<Cipher, "open">, place: SecretPlace, sealed: string): string {
  try {
    return cipher.open(sealed, contextOf(place));
  } catch (error) {
    if (!(error instanceof DecryptionError) || error.problem !== "changed") throw error;
    const message =
      "nothing was sent: the signing secret was made for another URL than the webhook has in the database. Set the URL anew, or rotate the secret";
    throw new DecryptionError(message, "changed", { cause: error });
  }
}

/** Binds the secrets of releases that bound them to no URL, to the one each is sent to now. Once for a database. */
export async function bindWebhookSecrets(cipher: Pick<Cipher, "open" | "seal">, trx: Db): Promise<void> {
  const rows = await trx.selectFrom("webhooks").selectAll().where("removed_at", "is", null).execute();
  for (const row of rows) {
    const bind = (sealed: string) => {
      const secret = openUnbound(cipher, row.id, sealed);
      return secret === undefined ? sealed : sealSecret(cipher, row, secret);
    };
    const previous = row.sealed_previous_secret;
    await trx
      .updateTable("webhooks")
      .set({
        sealed_secret: bind(row.sealed_secret),
        sealed_previous_secret: previous === null ? null : bind(previous),
      })
      .where("id", "=", row.id)
      .execute();
  }
}

function openUnbound(cipher: Pick<Cipher, "open">, id: string, sealed: string): string | undefined {
  try {
    return cipher.open(sealed, `webhook ${id}`);
  } catch (error) {
    if (error instanceof DecryptionError) return undefined;
    throw error;
  }
}

function contextOf({ id, shop, url }: SecretPlace): string {
  return JSON.stringify(["webhook secret", id, shop, url]);
}
