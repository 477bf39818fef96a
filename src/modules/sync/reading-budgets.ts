import { compareForListing } from "../../composer/index.ts";
import type { LinkBudgets, OverBudgetError } from "../../composer/index.ts";

/** What a repository may take of whoever reads it and of whoever is shown it. Plain data: readers run elsewhere, too. */
export interface ReadingBudgets extends LinkBudgets {
  /** Of one version's composer.json, and of what p2 shows of it. */
  readonly versionMetadataBytesMax: number;
  /** Of all versions of a source, which are one package as a rule. */
  readonly packageMetadataBytesMax: number;
  /** Of a source. */
  readonly packageVersionsMax: number;
}

export type PackageBudgets = Pick<ReadingBudgets, "packageMetadataBytesMax" | "packageVersionsMax">;

/** The setting of each, and in what it counts. */
const SETTINGS: Record<keyof ReadingBudgets, readonly [name: string, unit: number]> = {
  versionMetadataBytesMax: ["VERSION_METADATA_MAX_KB", 1024],
  linksMax: ["VERSION_LINKS_MAX", 1],
  constraintPartsMax: ["CONSTRAINT_PARTS_MAX", 1],
  packageMetadataBytesMax: ["PACKAGE_METADATA_MAX_MB", 1024 * 1024],
  packageVersionsMax: ["PACKAGE_VERSIONS_MAX", 1],
};

/** Why a version is skipped: what it has too much of, and the setting that says so. */
export function overBudget(what: string, budget: keyof ReadingBudgets, budgets: ReadingBudgets): string {
  const [name, unit] = SETTINGS[budget];
  return `${what}: ${name} is ${inUnits(budgets[budget], unit)}`;
}

function inUnits(amount: number, unit: number): number {
  return Number((amount / unit).toFixed(3));
}

/** The same of what was found while reading its links. */
export function overLinkBudget({ message, budget }: OverBudgetError, budgets: ReadingBudgets): string {
  return overBudget(`composer.json ${message}`, budget === "links" ? "linksMax" : "constraintPartsMax", budgets);
}

/** Begins the reason that depends on the other versions of a package. */
const NO_ROOM = "newer versions take all that its package may have: ";

/** Why a version is skipped for which its package has no room. */
export function noRoom(budgets: ReadingBudgets): string {
  const { packageMetadataBytesMax: bytes, packageVersionsMax: versions } = budgets;
  const [metadata, metadataUnit] = SETTINGS.packageMetadataBytesMax;
  return `${NO_ROOM}${metadata} is ${inUnits(bytes, metadataUnit)}, ${SETTINGS.packageVersionsMax[0]} is ${versions}`;
}

/** Whether a version was skipped for what others took: it may find room when one of them goes. */
export function hadNoRoom(reason: string): boolean {
  return reason.startsWith(NO_ROOM);
}

/** What of a version decides whether its package has room for it. */
export interface VersionSize {
  readonly versionNormalized: string;
  readonly sizeBytes: number;
}

/** A version that asks for room, by its ref. */
export interface SizedVersion extends VersionSize {
  readonly ref: string;
}

/**
 * The versions for which there is no room, from the newest one: the newest versions are taken first, the default branch
 * before them all, and what is older than the first that has no room has none either. So the outcome is the same
 * however the versions came to be known, and no old version is kept while a newer one is not.
 */
export function findRoomless(
  versions: readonly SizedVersion[],
  defaultRef: string | undefined,
  { packageMetadataBytesMax, packageVersionsMax }: PackageBudgets,
): readonly SizedVersion[] {
  const total = versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (total <= packageMetadataBytesMax && versions.length <= packageVersionsMax) return [];
  const ordered = versions.toSorted((left, right) => compareForRoom(left, right, defaultRef));
  let taken = 0;
  const first = ordered.findIndex(({ sizeBytes }, index) => {
    taken += sizeBytes;
    return taken > packageMetadataBytesMax || index >= packageVersionsMax;
  });
  return ordered.slice(first);
}

/** Who is given room first. */
export function compareForRoom(left: SizedVersion, right: SizedVersion, defaultRef: string | undefined): number {
  if (left.ref === right.ref) return 0;
  if (left.ref === defaultRef || right.ref === defaultRef) return left.ref === defaultRef ? -1 : 1;
  const newestFirst = compareForListing(left.versionNormalized, right.versionNormalized);
  return newestFirst !== 0 ? newestFirst : left.ref < right.ref ? -1 : 1;
}
