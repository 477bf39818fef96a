import type { Db } from "../../schema.ts";
import type { Bound } from "./line-state.ts";
import { accessTo, compileGrant, listGrantsOfCustomer, opensPackage, patternsOutsideBound } from "../grants/index.ts";
import type { Requirement } from "./requirements.ts";

/** What a sale requires besides, by whether whoever sells it may grant it. */
export interface SplitRequirements {
  inside: Requirement[];
  outside: Requirement[];
}

export function splitByBound(bound: Bound, required: readonly Requirement[]): SplitRequirements {
  if (bound === null) return { inside: [...required], outside: [] };
  const names = required.map(({ name }) => name);
  const refused = new Set(patternsOutsideBound(names, bound));
  return {
    inside: required.filter(({ name }) => !refused.has(name)),
    outside: required.filter(({ name }) => refused.has(name)),
  };
}

/** What of the requirements no grant of the customer covers: composer will fail on it. */
export async function warningsOfRequired(
  trx: Db,
  customer: string,
  now: number,
  required: readonly Requirement[],
): Promise<string[]> {
  if (required.length === 0) return [];
  const grants = (await listGrantsOfCustomer(trx, customer)).flatMap((row) => compileGrant(row) ?? []);
  const isCovered = (name: string) => opensPackage(accessTo(grants, name, now));
  return required
    .filter(({ name }) => !isCovered(name))
    .map(
      ({ name, requiredBy }) =>
        `${requiredBy} requires ${name}, which is not granted to this customer: grant it too, or send "with_dependencies": true.`,
    );
}

/** What lies outside of a bound is not named, and neither is whether the customer has it. */
export function warningsOfBound(bound: Bound, outside: readonly Requirement[]): string[] {
  const requiring = [...new Set(outside.map(({ requiredBy }) => requiredBy))];
  const hidden = new Set(patternsOutsideBound(requiring, bound ?? []));
  return requiring
    .filter((name) => !hidden.has(name))
    .map(
      (name) => `${name} requires a package that this management token may not grant: the customer needs it as well.`,
    );
}
