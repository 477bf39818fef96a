import type { PublishedVersion } from "../packages/index.ts";
import { OTHER_OWNER } from "../sources/index.ts";
import type { RemoteRef } from "../../platform/git/index.ts";
import type { ReadVersion, SkippedReading } from "./ref-reading.ts";
import { isTag } from "./ref-reading.ts";
import type { SourceRefRow } from "./sync-queries.ts";

/** A ref of the remote, and what is to become of it: read anew, or as it was published or skipped before. */
export type RefEntry = { readonly ref: RemoteRef; readonly before: SourceRefRow | undefined } & (
  | { readonly kind: "read"; readonly version: ReadVersion }
  | { readonly kind: "kept"; readonly published: PublishedVersion }
  | { readonly kind: "skipped"; readonly skipped: SkippedReading; readonly isKnown: boolean }
);

export type VersionEntry = Extract<RefEntry, { kind: "read" | "kept" }>;
type SkippedEntry = Extract<RefEntry, { kind: "skipped" }>;

/** Begins the reason of a ref that another one of the same version comes before, whose name follows. */
export const SAME_VERSION = "it means the same version as ";

/** Two reasons depend on other refs and sources, not on the ref: such a ref is read again though it has not moved. */
export function dependsOnOthers(reason: string): boolean {
  return reason.startsWith(SAME_VERSION) || reason.startsWith(OTHER_OWNER);
}

/** The order in which Composer's VcsRepository takes them: tags by name, then the default branch, then branches by name. */
export function inComposersOrder(refs: readonly RemoteRef[], defaultRef: string | undefined): RemoteRef[] {
  const rank = ({ ref }: RemoteRef) => (isTag(ref) ? 0 : ref === defaultRef ? 1 : 2);
  const named = refs.map((ref) => ({ ref, rank: rank(ref), bytes: Buffer.from(ref.ref) }));
  named.sort((left, right) => left.rank - right.rank || Buffer.compare(left.bytes, right.bytes));
  return named.map(({ ref }) => ref);
}

/** What a package's name is here: its row's id, or why this source may not publish it. */
export type PackageOwnership = ReadonlyMap<string, { readonly id: string } | { readonly ownedBy: string }>;

export interface Contest {
  readonly winners: readonly (VersionEntry & { readonly packageId: string })[];
  readonly skipped: readonly SkippedEntry[];
}

/**
 * Decides who is published: a package has one owner, and of two refs that mean the same version of it the first wins,
 * as with Composer.
 */
export function settleContests(entries: readonly RefEntry[], packages: PackageOwnership): Contest {
  const winners: (VersionEntry & { packageId: string })[] = [];
  const skipped: SkippedEntry[] = [];
  const taken = new Map<string, string>();
  for (const entry of entries) {
    if (entry.kind === "skipped") {
      skipped.push(entry);
      continue;
    }
    const skip = (reason: string) => skipped.push(skippedEntry(entry, reason));
    const owner = entry.kind === "kept" ? { id: entry.published.package } : packages.get(entry.version.packageName);
    if (owner === undefined || "ownedBy" in owner) {
      skip(OTHER_OWNER + (owner?.ownedBy ?? "unknown"));
      continue;
    }
    const key = `${owner.id} ${versionNormalizedOf(entry)}`;
    const first = taken.get(key);
    if (first !== undefined) {
      skip(`${SAME_VERSION}${first}, which comes first`);
      continue;
    }
    taken.set(key, shortName(entry.ref.ref));
    winners.push({ ...entry, packageId: owner.id });
  }
  return { winners, skipped };
}

function skippedEntry(entry: VersionEntry, reason: string): SkippedEntry {
  const label =
    entry.kind === "read" ? `${entry.version.packageName} ${entry.version.id.version}` : entry.published.version;
  return { ref: entry.ref, before: entry.before, kind: "skipped", skipped: { skipped: reason, label }, isKnown: false };
}

function versionNormalizedOf(entry: VersionEntry): string {
  return entry.kind === "read" ? entry.version.id.versionNormalized : entry.published.version_normalized;
}

/** `refs/tags/v1.0` → `v1.0`: what people call it. */
export function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, "");
}

/**
 * When a version is said to be released. An annotated tag says it itself. A lightweight one has no date: its commit's
 * at the first sync, when the whole history arrives at once, and afterwards the moment it was first seen. A version
 * number that was released once keeps its date, however its tag moves.
 */
export function releaseDate(
  entry: { readonly ref: RemoteRef; readonly before: SourceRefRow | undefined; readonly version: ReadVersion },
  facts: { readonly now: number; readonly isFirstSync: boolean; readonly earlier: number | undefined },
): number {
  const { version, before, ref } = entry;
  if (!isTag(ref.ref)) return version.commitDate;
  if (facts.earlier !== undefined) return facts.earlier;
  if (version.tagDate !== undefined) return version.tagDate;
  if (facts.isFirstSync) return version.commitDate;
  return before?.object_id === ref.objectId ? before.seen_at : facts.now;
}
