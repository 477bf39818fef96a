import { kindOfSecret } from "../../platform/crypto/secrets.ts";

/** Why a header names no Composer token, before anything is looked up. */
export interface UnreadableHeader {
  problem: "missing" | "unreadable" | "malformed" | "management_token";
}

/** The secret of a Basic (the password; any user name) or Bearer header. */
export function readSecret(authorization: string | undefined): string | UnreadableHeader {
  if (authorization === undefined || authorization === "") return { problem: "missing" };
  const match = /^(basic|bearer) +([^ ]+) *$/i.exec(authorization);
  if (match?.[1] === undefined || match[2] === undefined) return { problem: "unreadable" };
  const secret = match[1].toLowerCase() === "bearer" ? match[2] : passwordOf(match[2]);
  if (secret === undefined || secret === "") return { problem: "unreadable" };
  const kind = kindOfSecret(secret);
  if (kind === "pbm") return { problem: "management_token" };
  return kind === undefined ? { problem: "malformed" } : secret;
}

function passwordOf(base64: string): string | undefined {
  const text = Buffer.from(base64, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : text.slice(colon + 1);
}
