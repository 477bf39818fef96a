import { accessTo, opensPackage } from "../grants/index.ts";
import type { Grant } from "../grants/index.ts";
import type { CatalogueState } from "./catalogue.ts";
import type { Credential } from "./credentials.ts";
import { graceMessage } from "./messages.ts";
import { visiblePackages } from "./visible-packages.ts";

/**
 * What a buyer is told whose access has ended and goes on for some days: one line, of the token itself or of what of
 * its packages ends first. Undefined where nothing is in its days of grace.
 */
export function graceLine(state: CatalogueState, credential: Credential, now: number): string | undefined {
  if (!credential.hasGrace) return undefined;
  const { expiresAt, endsAt, lastFour } = credential;
  if (expiresAt !== null && endsAt !== null && expiresAt <= now) {
    return graceMessage(`Your token (…${lastFour})`, { endedAt: expiresAt, until: endsAt });
  }
  const late = credential.grants.filter((grant) => isLate(grant, now));
  return late.length === 0 ? undefined : lineOfGrants(state, credential, late, now);
}

function isLate({ expiresAt, endsAt, revokedAt }: Grant, now: number): boolean {
  return revokedAt === null && expiresAt !== null && expiresAt <= now && (endsAt ?? 0) > now;
}

/** Of packages that nothing else opens: who has them by another purchase too has nothing to do. */
function lineOfGrants(
  state: CatalogueState,
  credential: Credential,
  late: readonly Grant[],
  now: number,
): string | undefined {
  const others = credential.grants.filter((grant) => !late.includes(grant));
  const opens = (grants: readonly Grant[], name: string) => opensPackage(accessTo(grants, name, now));
  const ending = visiblePackages(state, credential, now).flatMap(({ hosted: { name } }) => {
    const opening = opens(others, name) ? [] : late.filter((grant) => opens([grant], name));
    const last = opening.toSorted((a, b) => (b.endsAt ?? 0) - (a.endsAt ?? 0))[0];
    return last === undefined ? [] : [{ name, endedAt: last.expiresAt ?? now, until: last.endsAt ?? now }];
  });
  const first = ending.toSorted((a, b) => a.until - b.until)[0];
  if (first === undefined) return undefined;
  const what = ending.length === 1 ? first.name : `${first.name} and ${ending.length - 1} more`;
  return graceMessage(`Your access to ${what}`, first);
}
