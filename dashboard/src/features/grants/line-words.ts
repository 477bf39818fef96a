import { formatDate } from "../../ui/time.tsx";
import type { Grant } from "./grants.ts";
import type { Line } from "./lines.ts";

type Terms = Pick<Grant, "version_constraint" | "stability" | "updates_until" | "starts_at" | "expires_at">;

/** What narrows a grant, each a few words: "versions ^2.0", "updates until 3 Feb 2027". Without when it ends. */
export function narrowings({ version_constraint: constraint, stability, updates_until: until }: Terms): string[] {
  return [
    ...(constraint === null ? [] : [`versions ${constraint}`]),
    ...(stability === null ? [] : [stability === "stable" ? "stable versions only" : `${stability} or more stable`]),
    ...(until === null ? [] : [`released until ${formatDate(until)}`]),
  ];
}

/** How it stands with a line, in a sentence. */
export function stateInWords({ first: grant }: Line, now: number = Date.now() / 1000): string {
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

function activeInWords({ updates_until: updates, expires_at: end }: Terms, now: number): string {
  const until = end === null ? "for ever" : `until ${formatDate(end)}`;
  if (updates === null) return end === null ? "Every version, for ever." : `Every version, ${until}.`;
  if (updates > now) return `Updates until ${formatDate(updates)}; what was released by then, ${until}.`;
  return `Updates ended on ${formatDate(updates)}; what was released by then, ${until}.`;
}
