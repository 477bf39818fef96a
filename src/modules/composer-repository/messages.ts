import type { PackageAccess } from "../grants/index.ts";
import type { Help } from "./help.ts";
import type { CredentialProblem } from "./credentials.ts";

/**
 * What buyers read inside `composer`. One short line each, the same text for the same cause, because Composer up to
 * 2.10 prints it once per request; which secret is wrong is told by its last four characters only.
 */
export function credentialMessage(problem: CredentialProblem, host: string): string {
  const configure = `composer config http-basic.${host} token YOUR_TOKEN`;
  const other = "other" in problem && problem.other !== undefined ? otherWorks(problem.other, configure) : undefined;
  switch (problem.problem) {
    case "missing":
      return `${host} needs your token: run "${configure}" with the token from your purchase; when asked, the user name is token, the password is your token.`;
    case "unreadable":
      return `${host} could not read your credentials: run "${configure}" with the token from your purchase.`;
    case "malformed":
      return `This is not a token of ${host} (pbt_…): copy it whole from your purchase and run "${configure}".`;
    case "management_token":
      return `This is a management token (pbm_…), which installs nothing: use the customer token (pbt_…) from your purchase.`;
    case "unknown":
      return `Your token is unknown to ${host}: check that it belongs to this address, or ask the vendor for a new one.`;
    case "expired":
      return `Your token (…${problem.lastFour}) expired on ${lastDayOf(problem.at)}: ${other ?? "renew with the vendor to go on installing and updating."}`;
    case "revoked":
      return `Your token (…${problem.lastFour}) was revoked: ${other ?? "ask the vendor for a new one."}`;
    case "suspended":
      return `Your token (…${problem.lastFour}) is suspended: ${other ?? "ask the vendor why; it works again once they resume it."}`;
    case "rotated":
      return `Your token (…${problem.lastFour}) was replaced by a new one on ${dateOf(problem.at)}: run "${configure}" with the new token from the vendor.`;
  }
}

function otherWorks(lastFour: string, configure: string): string {
  return `your token (…${lastFour}) works; run "${configure}" with that one.`;
}

/** Of a hosted package that is named to the token, and of which nothing is shown. */
export type ClosedAccess = Extract<PackageAccess, { kind: "lapsed" | "suspended" | "not_covered" }>;

export function isClosed(access: PackageAccess): access is ClosedAccess {
  return access.kind === "lapsed" || access.kind === "suspended" || access.kind === "not_covered";
}

/** Why nothing of a hosted package is shown; `other` is another token of the same customer that opens it. */
export function closedMessage(name: string, access: ClosedAccess, other?: string): string {
  if (other !== undefined) {
    return `${name}: not part of what this token opens; your token (…${other}) opens it, configure that one.`;
  }
  switch (access.kind) {
    case "lapsed":
      return `${name}: your access ended on ${lastDayOf(access.endedAt)}; renew with the vendor to install or update it.`;
    case "suspended":
      return `${name}: your access is suspended; ask the vendor why.`;
    case "not_covered":
      return `${name}: not part of what your token was bought for; buy it from the vendor to install it.`;
  }
}

/** The same with where to go: of what is suspended or another token opens to help, else to where it is renewed or bought. */
export function closedLine(name: string, access: ClosedAccess, other: string | undefined, help: Help): string {
  const isForHelp = other !== undefined || access.kind === "suspended";
  return withHelp(closedMessage(name, access, other), isForHelp ? help.support : help.renew);
}

export function partialMessage(name: string, access: Extract<PackageAccess, { kind: "partial" }>): string {
  const dates = access.grants.map((grant) => grant.updatesUntil);
  const isDated = dates.every((date) => date !== null);
  return isDated
    ? `${name}: your updates include versions released until ${lastDayOf(Math.max(...dates))}; renew with the vendor for newer ones.`
    : `${name}: your token covers some of its versions only.`;
}

export function versionMessage(name: string, version: string): string {
  return `${name} ${version}: not among the versions your token covers; renew with the vendor to install it.`;
}

/** Of what has ended and goes on for some days. */
export function graceMessage(what: string, { endedAt, until }: { endedAt: number; until: number }): string {
  return `${what} ended on ${dateOf(endedAt)} and goes on until ${dateOf(until)}: renew with the vendor before then.`;
}

export function rateLimitMessage(limit: number, retryAfterSeconds: number): string {
  return `Your token made more requests than its limit of ${limit} an hour: try again ${inMinutes(retryAfterSeconds)}, or ask the vendor for a higher limit.`;
}

/** Without a number that runs: Composer prints each different text again. */
function inMinutes(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 1 ? "in a minute" : `in ${minutes} minutes`;
}

/** Of a hosted name under which nothing is offered now. */
export function withdrawnMessage(name: string, successor: string | null): string {
  if (successor !== null) {
    return `${name} is ${successor} now: run "composer remove ${name}", then "composer require ${successor}".`;
  }
  return `${name}: no version of it is offered at the moment; ask the vendor whether it has another name.`;
}

/** Ends a line with where the vendor helps, on the same line. */
export function withHelp(message: string, help: string | undefined): string {
  return help === undefined ? message : `${message} Help: ${help}`;
}

/** For Composer 1, which reads none of the metadata that is here. */
export function oldComposerMessage(host: string): string {
  return `${host} needs Composer 2: run "composer self-update --2", then try again.`;
}

/** The cause first: whoever mistyped a token must learn that also when somebody else at their address sent many. */
export function tooManyUnknownMessage(problem: CredentialProblem, host: string, retryAfterSeconds: number): string {
  return `${credentialMessage(problem, host)} Too many unknown tokens came from your address; a right one works at once, try another ${inMinutes(retryAfterSeconds)}.`;
}

/** Of an end: the last day that counts. Of one at 00:00 that is the day before, or people count a day in that is none. */
export function lastDayOf(unixSeconds: number): string {
  return dateOf(unixSeconds - 1);
}

export function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10);
}
