import { randomInt } from "node:crypto";
import { generateSecret, generateURI, verify } from "otplib";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";

const STEP_SECONDS = 30;
const RECOVERY_CODES = 10;
/** Without what looks alike when it is read from paper: i l o 0 1. */
const RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const RECOVERY_CODE = new RegExp(`^[${RECOVERY_ALPHABET}]{10}$`);

export function newTotpSecret(): string {
  return generateSecret();
}

/** What an authenticator app reads from the QR code. */
export function totpUri(publicUrl: string, email: string, secret: string): string {
  const host = new URL(publicUrl).hostname.replaceAll(/[[\]:]/g, "");
  return generateURI({ issuer: `PACKAGE.broker ${host}`, label: email, secret });
}

/** For who rotates keys. */
export const SEALED_TOTP_SECRETS: SealedColumn = {
  table: "users",
  key: ["id"],
  column: "sealed_totp_secret",
  contextsOf: ({ id }) => [`totp ${id ?? ""}`],
};

/** Bound to the user: the secret of one cannot be moved to another in the database. */
export function sealTotpSecret(cipher: Cipher, user: string, secret: string): string {
  return cipher.seal(secret, `totp ${user}`);
}

export function openTotpSecret(cipher: Cipher, user: string, sealed: string): string {
  return cipher.open(sealed, `totp ${user}`);
}

/** The step of time that a code is of: this one, or one beside it, because clocks differ; undefined when it is of none. */
export async function stepOfCode(secret: string, code: string, now: number): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined;
  const result = await verify({ secret, token: code, epoch: now, epochTolerance: STEP_SECONDS });
  return result.valid ? Math.floor(now / STEP_SECONDS) + result.delta : undefined;
}

/** Ten codes of 49 random bits each, for the day the phone is gone. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const characters = Array.from({ length: 10 }, () => RECOVERY_ALPHABET[randomInt(RECOVERY_ALPHABET.length)]);
    return `${characters.slice(0, 5).join("")}-${characters.slice(5).join("")}`;
  });
}

/** The stored form; keyed, because 49 bits could be tried. Undefined for what is no recovery code at all. */
export function hashRecoveryCode(cipher: Pick<Cipher, "macs">, user: string, text: string): string | undefined {
  return recoveryCodeHashes(cipher, user, text)[0];
}

/** What a code may be stored as: under the key in use, or one that was in use when it was made. */
export function recoveryCodeHashes(cipher: Pick<Cipher, "macs">, user: string, text: string): string[] {
  const code = text.toLowerCase().replaceAll(/[\s-]/g, "");
  return RECOVERY_CODE.test(code) ? cipher.macs("recovery code", `${user} ${code}`) : [];
}
