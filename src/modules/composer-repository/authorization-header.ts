import { kindOfSecret } from "../../platform/crypto/secrets.ts";

/** Why a header names no Composer token, before anything is looked up. */
export interface UnreadableHeader {
  problem: "missing" | "unreadable" | "malformed" | "management_token";
  /** Whether a credential came along at all; one of another scheme is none. */
  wasSent: boolean;
}

/**
 * The secret of a Basic (the password, of any user name) or Bearer header. It forgives what people do with a secret
 * that they paste: blanks, line breaks and quotes around it, and the secret as the user name, which Composer asks for
 * first.
 */
export function readSecret(authorization: string | undefined): string | UnreadableHeader {
  if (authorization === undefined || authorization.trim() === "") return { problem: "missing", wasSent: false };
  const match = /^(basic|bearer)(?:\s+(.*))?$/is.exec(authorization.trim());
  if (match?.[1] === undefined) return { problem: "unreadable", wasSent: false };
  const candidates = match[1].toLowerCase() === "bearer" ? [match[2] ?? ""] : passwordAndUser(match[2] ?? "");
  const bared = candidates.map(withoutWrapping);
  const secret = bared.find((text) => kindOfSecret(text) !== undefined);
  if (secret !== undefined) {
    return kindOfSecret(secret) === "pbm" ? { problem: "management_token", wasSent: true } : secret;
  }
  const [sent = ""] = bared;
  return { problem: sent === "" || /\s/.test(sent) ? "unreadable" : "malformed", wasSent: true };
}

/** Quotes of every kind are typed by word processors; `\s` has the blanks of web pages and the byte order mark too. */
function withoutWrapping(text: string): string {
  return text.replace(/^[\s"'`“”„‘’«»]+|[\s"'`“”„‘’«»]+$/g, "");
}

/** None where it is not the base64 of such a pair. */
function passwordAndUser(base64: string): string[] {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? [] : [text.slice(colon + 1), text.slice(0, colon)];
}
