import { createHmac, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { constantTimeEqual } from "../../platform/crypto/secrets.ts";

/** Whose signatures are believed. */
export interface Scanners {
  /** `whsec_…`, of Standard Webhooks. */
  readonly secrets: readonly string[];
  /** By identifier, of those that sign as GitHub's secret scanning does. */
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/** As Standard Webhooks has it. */
const TOLERANCE_SECONDS = 300;

/** Whether a request says that it is signed, in one of the two ways. */
export function isSigned(headers: IncomingHttpHeaders): boolean {
  return headers["webhook-signature"] !== undefined || headers["github-public-key-signature"] !== undefined;
}

/** Who signed exactly these bytes, as audit records name it; undefined where nobody that is known did. */
export function signerOf(
  { secrets, keys }: Scanners,
  headers: IncomingHttpHeaders,
  body: Buffer,
  now: number,
): string | undefined {
  const signature = textOf(headers["github-public-key-signature"]);
  if (signature === undefined) return signsByWebhook(secrets, headers, body, now) ? "webhook" : undefined;
  const identifier = textOf(headers["github-public-key-identifier"]) ?? "";
  const key = keys.get(identifier);
  const isRight =
    key !== undefined && verify("sha256", body, { key, dsaEncoding: "der" }, Buffer.from(signature, "base64"));
  return isRight ? `key ${identifier.slice(0, 16)}` : undefined;
}

function signsByWebhook(secrets: readonly string[], headers: IncomingHttpHeaders, body: Buffer, now: number): boolean {
  const id = textOf(headers["webhook-id"]);
  const timestamp = textOf(headers["webhook-timestamp"]);
  if (id === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const given = (textOf(headers["webhook-signature"]) ?? "").split(" ");
  return secrets.some((secret) => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
    return given.some((one) => constantTimeEqual(one, `v1,${expected}`));
  });
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
