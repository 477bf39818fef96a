import type { Grant } from "../grants/index.ts";
import { whyNot } from "../grants/index.ts";
import type { Reason } from "./explanation-schemas.ts";
import type { Holder } from "./find-holder.ts";

interface Known {
  name: string;
  /** As it was asked for. */
  version: string;
  now: number;
  holder: Holder;
  grants: readonly Grant[];
  isFailing: boolean;
}

/** What a support person reads, and may read out: why, and what to do. */
export function detailOf(reason: Reason, known: Known): string {
  const { name, version, holder } = known;
  const what = `${name} ${version}`;
  switch (reason) {
    case "token_revoked":
      return "The token was revoked, which is final: make a new one.";
    case "token_expired":
      return `The token expired on ${dateOf(holder.token?.expires_at ?? 0)}: a later expires_at brings it back, and the buyer changes nothing.`;
    case "package_unknown":
      return `${name} is not hosted here: check how it is written, and that its source was synced.`;
    case "not_covered":
      return `No grant covers ${name}: it was not bought, or not with this customer or token.`;
    case "lapsed":
      return `The access to ${name} ended on ${dateOf(latest(known, "lapsed"))}: a later expires_at renews it.`;
    case "revoked":
      return `The access to ${name} was taken away on ${dateOf(latest(known, "revoked"))}: the order was cancelled, or sells something else now.`;
    case "not_started":
      return `The access to ${name} has not started; its grant has a starts_at that lies ahead.`;
    case "source_failing":
      return `${what} is not known here, and the source of ${name} cannot be synced at present: look at the source.`;
    case "version_unknown":
      return `There is no ${what} here: check how it is written, and whether its tag was skipped at the last sync.`;
    case "version_withdrawn":
      return `${what} is gone from its repository and is not offered any more. A composer.lock that names it goes on installing.`;
    case "released_after_updates_until":
      return `${what} was released after the updates that were bought ended, on ${dateOf(updatesEnd(known))}: a later updates_until opens it.`;
    case "constraint_excludes":
      return `The constraint of the grant leaves out ${what}.`;
    case "stability_excludes":
      return `${what} is less stable than what the grant covers.`;
    case "rate_limited":
      return `The token has used up its requests of this hour (rate_limit_max ${holder.rateLimit?.limit ?? 0}); they come back little by little.`;
    case "allowed":
      return known.isFailing
        ? `${what} can be installed. Its source cannot be synced at present, so newer versions may be missing.`
        : `${what} can be installed. If composer says otherwise, it may use another token, or its cache: "composer clear-cache".`;
  }
}

function latest({ grants, name, now }: Known, end: "lapsed" | "revoked"): number {
  const ended = grants.filter((grant) => whyNot(grant, name, now, undefined) === end);
  return Math.max(0, ...ended.map((grant) => (end === "revoked" ? grant.revokedAt : grant.expiresAt) ?? 0));
}

function updatesEnd({ grants, name, now }: Known): number {
  const inForce = grants.filter((grant) => whyNot(grant, name, now, undefined) === undefined);
  return Math.max(0, ...inForce.map((grant) => grant.updatesUntil ?? 0));
}

function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10);
}
