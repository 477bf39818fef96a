import type { Grant } from "../grants/index.ts";
import { STABILITIES, whyNot } from "../grants/index.ts";
import type { Reason } from "./explanation-schemas.ts";
import type { Holder } from "./find-holder.ts";

interface Known {
  name: string;
  /** As it was asked for, else the newest one; undefined where there is none. */
  version: string | undefined;
  /** Of that version. */
  stability: string | undefined;
  /** Which branches its source takes, where the version is one of a branch and the source leaves some out. */
  branchesTaken: string | null;
  newestCovered: string | null;
  now: number;
  holder: Holder;
  grants: readonly Grant[];
  isFailing: boolean;
}

/** What a support person reads, and may read out: why, and what to do. */
export function detailOf(reason: Reason, known: Known): string {
  const { name, version, holder } = known;
  const what = version === undefined ? name : `${name} ${version}`;
  switch (reason) {
    case "token_revoked":
      return "The token was revoked: restore it where that is still possible, or make a new one.";
    case "token_suspended":
      return `The token is suspended${suspendersOf(holder)}: resume that, and it works again with the same secret.`;
    case "token_expired":
      return `The token expired on ${dateOf(holder.token?.expires_at ?? 0)}: a later expires_at brings it back, and the buyer changes nothing.`;
    case "package_unknown":
      return `${name} is not hosted here: check how it is written, and that its source was synced.`;
    case "outside_project":
      return `${narrowing(holder)}, and ${name} lies outside of that, whatever its customer has.`;
    case "not_covered":
      return `No grant covers ${name}: it was not bought, or not with this customer or token.`;
    case "suspended":
      return `The access to ${name} is suspended, with its order or its customer: resume that, and the buyer changes nothing.`;
    case "lapsed":
      return `The access to ${name} ended on ${dateOf(latest(known, "lapsed"))}: a later expires_at renews it.`;
    case "revoked":
      return `The access to ${name} was taken away on ${dateOf(latest(known, "revoked"))}: the order was cancelled, or sells something else now.`;
    case "not_started":
      return `The access to ${name} has not started; its grant has a starts_at that lies ahead.`;
    case "source_failing":
      return `${what} is not known here, and the source of ${name} cannot be synced at present: look at the source.`;
    case "version_unknown":
      return version === undefined
        ? `${name} is hosted here, but no version of it is offered: look at its source, and at what was skipped there.`
        : known.branchesTaken === null
          ? `There is no ${what} here: check how it is written, and whether its tag or branch was skipped at the last sync.`
          : `There is no ${what} here: check how it is written, and whether its branch is one that the source takes, which is ${known.branchesTaken}.`;
    case "version_withdrawn":
      return known.branchesTaken === null
        ? `${what} is gone from its repository and is not offered any more. A composer.lock that names it goes on installing.`
        : `${what} is not offered any more: its branch is gone, or the source leaves it out, which takes ${known.branchesTaken}. A composer.lock that names it goes on installing.`;
    case "released_after_updates_until":
      return `${what} was released after the updates that were bought ended, on ${dateOf(updatesEnd(known))}: a later updates_until opens it.${butOlder(known)}`;
    case "constraint_excludes":
      return `The constraint of the grant leaves out ${what}.${butOlder(known)}`;
    case "stability_excludes":
      return `${what} is less stable than what the grant covers: its stability is ${known.stability ?? "dev"}, and ${coveredStability(known)} covered. The stability ${known.stability ?? "dev"} at the token, or at the line of its order, opens it.${butOlder(known)}`;
    case "rate_limited":
      return `The token has used up its requests of this hour (rate_limit_max ${holder.rateLimit?.limit ?? 0}); they come back little by little.`;
    case "allowed":
      return known.isFailing
        ? `${what} can be installed. Its source cannot be synced at present, so newer versions may be missing.${graceNote(known)}`
        : `${what} can be installed. If composer says otherwise, it may use another token, or its cache: "composer clear-cache".${graceNote(known)}`;
  }
}

/** More than one thing may have to be resumed. */
function suspendersOf({ token }: Holder): string {
  const words = { token: "by itself", customer: "with its customer", order: "with its order" };
  const names = (token?.suspended_by ?? []).map((suspender) => words[suspender]);
  return names.length === 0 ? "" : `, ${names.join(" and ")}`;
}

function narrowing({ token, scope }: Holder): string {
  const patterns = (scope ?? []).join(", ");
  return token?.access === "project"
    ? `The token is for one project only, for ${patterns}`
    : `The token was made by a management token that may grant ${patterns} only`;
}

/** What opens it has ended already, and for how long it goes on. */
function graceNote({ name, now, holder, grants }: Known): string {
  const { expires_at: end = null, grace_until: until = null } = holder.token ?? {};
  const opening = grants.filter((grant) => whyNot(grant, name, now, undefined) === undefined);
  const isLate = (endedAt: number | null) => endedAt !== null && endedAt <= now;
  const ends = opening.every(({ expiresAt }) => isLate(expiresAt)) ? opening.map(({ endsAt }) => endsAt ?? 0) : [];
  const last = isLate(end) ? until : ends.length === 0 ? null : Math.max(...ends);
  return last === null ? "" : ` What was paid for has ended, and its days of grace go on until ${dateOf(last)}.`;
}

function butOlder({ name, newestCovered }: Known): string {
  return newestCovered === null ? "" : ` The newest version that is covered is ${name} ${newestCovered}.`;
}

function latest({ grants, name, now }: Known, end: "lapsed" | "revoked"): number {
  const ended = grants.filter((grant) => whyNot(grant, name, now, undefined) === end);
  return Math.max(0, ...ended.map((grant) => (end === "revoked" ? grant.revokedAt : grant.endsAt) ?? 0));
}

function updatesEnd({ grants, name, now }: Known): number {
  const inForce = grants.filter((grant) => whyNot(grant, name, now, undefined) === undefined);
  return Math.max(0, ...inForce.map((grant) => grant.updatesUntil ?? 0));
}

/** The least of what grants in force cover. */
function coveredStability({ grants, name, now }: Known): string {
  const inForce = grants.filter((grant) => whyNot(grant, name, now, undefined) === undefined);
  const covered = new Set(inForce.map(({ stability }) => stability));
  const least = STABILITIES.findLast((stability) => covered.has(stability)) ?? "stable";
  return least === "stable" ? "only stable versions are" : `${least} and what is more stable is`;
}

function dateOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10);
}
