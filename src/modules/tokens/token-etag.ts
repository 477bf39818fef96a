import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { PresentedToken } from "./token-presenter.ts";

/** What somebody can change of a token; the rest changes by itself, with time or with use. */
const SETTINGS = [
  ...([
    "description",
    "expires_at",
    "grace_days",
    "allowed_package_prefixes",
    "updates_until",
    "constraint",
    "stability",
  ] as const),
  ...(["dependencies", "rate_limit_max", "metadata", "access", "notify", "last_four", "revoked_at"] as const),
] satisfies (keyof PresentedToken)[];

/** Another one after every change of the token, quoted as HTTP has it. */
export function etagOf(token: PresentedToken): string {
  const settings = SETTINGS.map((name) => token[name]);
  return `"${sha256Hex(JSON.stringify([token.id, token.updated_at, ...settings])).slice(0, 32)}"`;
}

/**
 * Refuses a change that was made up from another state of the token than it has: `request.precondition_failed`. A
 * proxy that compresses answers makes `W/"…"` of our `"…"`, so both are taken for the same.
 */
export function refuseOvertaken(ifMatch: string | undefined, current: PresentedToken): void {
  if (ifMatch === undefined) return;
  const etag = etagOf(current);
  const named = ifMatch.split(",").map((one) => one.trim().replace(/^W\//, ""));
  if (named.includes("*") || named.includes(etag)) return;
  throw new AppError(
    "request.precondition_failed",
    `The token was changed since you read it, last at ${current.updated_at}; its ETag is ${etag} now. Read it again and decide anew.`,
    { errors: [{ pointer: "If-Match", detail: `is not ${etag}, the token's ETag` }] },
  );
}
