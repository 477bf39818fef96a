import { parseGrantPattern } from "../../composer/index.ts";
import { closestName } from "../../platform/did-you-mean.ts";
import type { Db } from "../../schema.ts";
import { accessTo, compileGrant, opensPackage, patternsOutsideBound } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import { listHostedByName, listHostedNames } from "./requirement-queries.ts";
import type { Requirement, Requirements, SoldTerms } from "./requirements.ts";

type Bound = readonly string[] | null;

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

/** What of the requirements none of these grants covers: composer will fail on it. */
export function warningsOfRequired(
  required: readonly Requirement[],
  held: { grants: readonly GrantRow[]; whose: "customer" | "token"; now: number },
): string[] {
  if (required.length === 0) return [];
  const grants = held.grants.flatMap((row) => compileGrant(row) ?? []);
  const isCovered = (name: string) => opensPackage(accessTo(grants, name, held.now));
  return required
    .filter(({ name }) => !isCovered(name))
    .map(
      ({ name, requiredBy }) =>
        `${requiredBy} requires ${name}, which is not granted to this ${held.whose}: grant it too, or send "with_dependencies": true.`,
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

/** What of a sale cannot be installed, because nobody hosts it: typing mistakes, and sources that are missing. */
export async function warningsOfHosting(
  db: Db,
  requirements: Pick<Requirements, "missingFor">,
  bound: Bound,
  terms: SoldTerms,
  within?: Db,
): Promise<string[]> {
  const missing = splitByBound(bound, await requirements.missingFor(terms, within)).inside;
  const hidden = new Set(
    patternsOutsideBound(
      missing.map(({ requiredBy }) => requiredBy),
      bound ?? ["*"],
    ),
  );
  return [
    ...(await warningsOfNames(db, bound, terms.patterns)),
    ...missing
      .filter(({ requiredBy }) => !hidden.has(requiredBy))
      .map(
        ({ name, requiredBy }) =>
          `${requiredBy} requires ${name}, which no source here gives: add one, or composer will not find it.`,
      ),
  ];
}

async function warningsOfNames(db: Db, bound: Bound, patterns: readonly string[]): Promise<string[]> {
  const parsed = patterns.flatMap((text) => {
    const pattern = parseGrantPattern(text);
    return pattern.ok ? [{ text, ...pattern.value }] : [];
  });
  const exact = parsed.filter(({ kind }) => kind === "exact").map(({ value }) => value);
  const hosted = new Set((await listHostedByName(db, exact)).map(({ name }) => name));
  const unknown = exact.filter((name) => !hosted.has(name));
  if (unknown.length === 0) return [];
  const names = await listHostedNames(db);
  const outside = new Set(bound === null ? [] : patternsOutsideBound(names, bound));
  const visible = names.filter((name) => !outside.has(name));
  return unknown.map((name) => {
    const meant = closestName(name, visible);
    const hint =
      meant === undefined ? "check how it is written, and that its source was added" : `did you mean ${meant}?`;
    return `${name} is not hosted here: ${hint}${meant === undefined ? "." : ""}`;
  });
}
