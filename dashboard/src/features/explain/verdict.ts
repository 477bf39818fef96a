import { formatDate } from "../../ui/time.tsx";
import { readsGrants } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import type { ConsideredGrant, Explanation } from "./explain.ts";

export interface Verdict {
  /** `warn`: it is open to them, and yet composer fails. */
  tone: "good" | "warn" | "bad";
  title: string;
  text: string;
}

/** The answer in two sentences. `tokens` of a customer, where no single token was asked about. */
export function verdictOf(
  explanation: Explanation,
  packageName: string,
  tokens: readonly Token[] | undefined,
): Verdict {
  const { version } = explanation.version;
  const what = version === null ? packageName : `${packageName} ${version}`;
  if (!explanation.allowed) {
    return { tone: "bad", title: `They cannot install ${what}`, text: whyNot(explanation, packageName, what) };
  }
  if (tokens !== undefined && !tokens.some(readsGrants)) {
    return {
      tone: "warn",
      title: `${what} is granted, but no token of theirs gets it`,
      text: "None of their active tokens reads what is granted to the customer.",
    };
  }
  const missing = missingOf(explanation);
  if (missing.length > 0) {
    return {
      tone: "warn",
      title: `${what} is open to them, but composer will fail`,
      text: `It requires ${missing.join(", ")}, which they may not install.`,
    };
  }
  const isFailing = explanation.source?.state === "failing";
  return {
    tone: "good",
    title: `They can install ${what}`,
    text: isFailing
      ? "Its source cannot be synced at present, so newer versions may be missing."
      : "Nothing here is in the way.",
  };
}

export function missingOf({ dependencies }: Explanation): string[] {
  return dependencies.filter(({ allowed }) => !allowed).map((one) => one.package);
}

function whyNot(explanation: Explanation, packageName: string, what: string): string {
  const { token, version, rate_limit: limit, source } = explanation;
  const grant = grantInTheWay(explanation);
  switch (explanation.reason) {
    case "token_revoked":
      return "Their token is revoked.";
    case "token_suspended":
      return `Their token is suspended${withWhat(token?.suspended_by ?? [])}.`;
    case "token_expired":
      return `Their token expired${on(token?.expires_at)}.`;
    case "package_unknown":
      return `No package of the name ${packageName} is hosted here.`;
    case "outside_project":
      return `Their token is for ${token?.access === "project" ? "one project" : "a part"} only, for ${(token?.narrowed_to ?? []).join(", ")}; another token of theirs may open it.`;
    case "not_covered":
      return `Nothing that they bought covers ${packageName}.`;
    case "suspended":
      return `What gives them ${packageName} is suspended${on(grant?.suspended_at)}, with its order or the customer.`;
    case "lapsed":
      return `What gave them ${packageName} ended${on(grant?.expires_at)}.`;
    case "revoked":
      return `${packageName} was taken away from them${on(grant?.revoked_at)}: the order was cancelled, or sells something else now.`;
    case "not_started":
      return `What gives them ${packageName} starts only${on(grant?.starts_at)}.`;
    case "source_failing":
      return `There is no ${what} here, and its source ${source?.name ?? ""} cannot be synced at present.`;
    case "version_unknown":
      return version.version === null
        ? "It is hosted, but no version of it is offered."
        : `${packageName} is hosted, but there is no version ${version.version}${version.version.startsWith("dev-") ? "; perhaps its source leaves that branch out" : ""}.`;
    case "version_withdrawn":
      return version.stability === "dev"
        ? `${what} is not offered any more: its branch is gone, or its source leaves it out.`
        : `${what} is gone from its repository and is not offered any more.`;
    case "released_after_updates_until":
      return `It was released${on(version.released_at)}; the updates they bought ended${on(grant?.updates_until)}.${butOlder(explanation)}`;
    case "constraint_excludes":
      return `What they bought covers the versions ${grant?.version_constraint ?? ""} only.${butOlder(explanation)}`;
    case "stability_excludes":
      return `It is less stable (${version.stability ?? "unknown"}) than what they bought covers.${butOlder(explanation)}`;
    case "rate_limited":
      return `Their token has used up its ${(limit?.limit ?? 0).toLocaleString()} requests of this hour.`;
    case "allowed":
      return "";
  }
}

/** Each is resumed by itself. */
function withWhat(suspenders: readonly ("token" | "customer" | "order")[]): string {
  const words = { token: "by itself", customer: "with the customer", order: "with its order" };
  return suspenders.length === 0 ? "" : `, ${suspenders.map((one) => words[one]).join(" and ")}`;
}

function on(at: number | null | undefined): string {
  return at === null || at === undefined ? "" : ` on ${formatDate(at)}`;
}

function butOlder({ newest_covered: newest }: Explanation): string {
  return newest === null ? " Of this package they can install nothing." : ` They can install ${newest}.`;
}

/** Of the grants that cover the package the one that came closest; undefined where none was in the way. */
export function grantInTheWay({ reason, grants }: Explanation): ConsideredGrant | undefined {
  const endOf: Partial<Record<Explanation["reason"], (grant: ConsideredGrant) => number | null>> = {
    suspended: (grant) => grant.expires_at,
    lapsed: (grant) => grant.expires_at,
    revoked: (grant) => grant.revoked_at,
    not_started: (grant) => -(grant.starts_at ?? 0),
    released_after_updates_until: (grant) => grant.updates_until,
    constraint_excludes: (grant) => grant.expires_at,
    stability_excludes: (grant) => grant.expires_at,
  };
  const end = endOf[reason];
  if (end === undefined) return undefined;
  const [first] = grants
    .filter((grant) => grant.why_not === reason)
    .toSorted((a, b) => (end(b) ?? Infinity) - (end(a) ?? Infinity));
  return first;
}

/** Why one grant does not open it, in words. */
export function grantInWords(grant: ConsideredGrant, packageName: string): string {
  switch (grant.why_not) {
    case null:
      return "Opens it";
    case "package_not_covered":
      return `Is not about ${packageName}`;
    case "outside_project":
      return "The token is narrowed to other packages";
    case "revoked":
      return `Taken away${on(grant.revoked_at)}`;
    case "lapsed":
      return `Ended${on(grant.expires_at)}`;
    case "suspended":
      return `Suspended${on(grant.suspended_at)}`;
    case "not_started":
      return `Starts${on(grant.starts_at)}`;
    case "released_after_updates_until":
      return "The version was released later";
    case "constraint_excludes":
      return "The version is not among those";
    case "stability_excludes":
      return "The version is less stable";
    case "unreadable":
      return "Cannot be read, and opens nothing";
  }
}
