import { parseGrantPattern, patternCovers, vendorOf } from "../../composer/index.ts";
import type { Db } from "../../schema.ts";
import { readSettings } from "../settings/index.ts";
import { listHostedByName, listHostedVendors } from "./requirement-queries.ts";
import { namesOf, requiredNames } from "./required-names.ts";

/**
 * Of these names those that no source gives, though others of their vendor are hosted here: composer asks nobody else
 * for a name of such a vendor. What is said to be public elsewhere is none.
 */
export async function onlyMissing(
  db: Db,
  names: readonly string[],
  alsoOurs: readonly string[] = [],
): Promise<string[]> {
  const hosted = new Set((await listHostedByName(db, names)).map(({ name }) => name));
  const absent = names.filter((name) => !hosted.has(name));
  if (absent.length === 0) return [];
  const vendors = new Set([...alsoOurs, ...(await listHostedVendors(db, [...new Set(absent.map(vendorOf))]))]);
  const elsewhere = ((await readSettings(db)).public_packages ?? []).flatMap((text) => {
    const pattern = parseGrantPattern(text);
    return pattern.ok ? [pattern.value] : [];
  });
  return absent.filter(
    (name) => vendors.has(vendorOf(name)) && !elsewhere.some((pattern) => patternCovers(pattern, name)),
  );
}

/** What one version requires of its own vendor, or of another one that is hosted here, and nobody gives; by name. */
export async function missingOfVersion(db: Db, version: { name: string; metadata: string }): Promise<string[]> {
  const stands = new Set([version.name, ...namesOf(version.metadata, ["replace", "provide"])]);
  const names = requiredNames(version.metadata).filter((name) => !stands.has(name));
  const missing = await onlyMissing(db, names, [vendorOf(version.name)]);
  return missing.toSorted();
}
