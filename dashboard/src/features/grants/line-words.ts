import { formatDate } from "../../ui/time.tsx";
import type { Grant } from "./grants.ts";
import type { Purchase } from "./purchases.ts";

type Terms = Pick<Grant, "version_constraint" | "stability" | "updates_until" | "starts_at" | "expires_at">;

/** What narrows a grant, each a few words: "versions ^2.0", "updates until 3 Feb 2027". Without when it ends. */
export function narrowings({ version_constraint: constraint, stability, updates_until: until }: Terms): string[] {
  return [
    ...(constraint === null ? [] : [`versions ${constraint}`]),
    ...(stability === null ? [] : [stability === "stable" ? "stable versions only" : `${stability} or more stable`]),
    ...(until === null ? [] : [`released until ${formatDate(until)}`]),
  ];
}

/** How it stands with what was bought, in a sentence. */
export function stateInWords({ first: grant }: Pick<Purchase, "first">, now: number = Date.now() / 1000): string {
  switch (grant.status) {
    case "revoked":
      return grant.revoked_at === null
        ? "Cancelled: nothing of it can be installed."
        : `Cancelled on ${formatDate(grant.revoked_at)}: nothing of it can be installed.`;
    case "lapsed":
      return grant.expires_at === null
        ? "Ended: nothing of it can be installed."
        : `Ended on ${formatDate(grant.expires_at)}: nothing of it can be installed.`;
    case "suspended":
      return "Suspended: nothing of it can be installed until it is resumed.";
    case "pending":
      return grant.starts_at === null ? "Has not started." : `Starts on ${formatDate(grant.starts_at)}.`;
    case "active":
      return activeInWords(grant, now);
  }
}

/** Whether it has ended and goes on for its days of grace. */
export function isInGrace({ status, expires_at: end }: Grant, now: number = Date.now() / 1000): boolean {
  return status === "active" && end !== null && end <= now;
}

function activeInWords(grant: Grant, now: number): string {
  const { updates_until: updates, expires_at: end, grace_until: grace } = grant;
  if (end !== null && grace !== null && isInGrace(grant, now)) {
    return `Ended on ${formatDate(end)}, and goes on until ${formatDate(grace)} with its days of grace.`;
  }
  const until = untilInWords(grant);
  if (updates === null) return `Every version, ${until}.`;
  if (updates > now) return `Updates until ${formatDate(updates)}; what was released by then, ${until}.`;
  return `Updates ended on ${formatDate(updates)}; what was released by then, ${until}.`;
}

function untilInWords({ expires_at: end, grace_until: grace }: Grant): string {
  if (end === null) return "for ever";
  if (grace === null || grace <= end) return `until ${formatDate(end)}`;
  return `until ${formatDate(end)}, or ${formatDate(grace)} with its days of grace`;
}
