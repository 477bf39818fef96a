import type { PackageRow } from "./package-queries.ts";

/** Stored for a package that is abandoned without one to use instead. */
const NOTHING_INSTEAD = "true";
/** Stored for a package that its vendor keeps, whatever its repository says. */
const KEPT = "";

type AbandonedColumns = Pick<PackageRow, "abandoned" | "abandoned_by_vendor">;

/**
 * What Composer is told of a package: true, or what to use instead; false where its vendor keeps it whatever its
 * versions say, undefined where nobody said anything of the whole package.
 */
export function abandonedOf({ abandoned, abandoned_by_vendor }: AbandonedColumns): boolean | string | undefined {
  return byVendor(abandoned_by_vendor ?? abandoned) ?? undefined;
}

/** The same for people: what to use instead, "" where nothing is named, null while it is kept. */
export function abandonedText(columns: AbandonedColumns): string | null {
  const abandoned = abandonedOf(columns) ?? false;
  if (abandoned === false) return null;
  return abandoned === true ? "" : abandoned;
}

/** What a vendor said, as it is stored. */
export function storedByVendor(said: boolean | string | null): string | null {
  if (typeof said !== "boolean") return said;
  return said ? NOTHING_INSTEAD : KEPT;
}

/** What is stored of it, as it was said. */
export function byVendor(stored: string | null): boolean | string | null {
  if (stored === NOTHING_INSTEAD) return true;
  return stored === KEPT ? false : stored;
}
