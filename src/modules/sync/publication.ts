import { lookupOfTag } from "../../composer/index.ts";
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
  | LeftOutRoot
);

/** The default branch where the source leaves it out: no version, but what it says of its package counts. */
interface LeftOutRoot {
  readonly kind: "left_out";
  /** Undefined where it cannot be read. */
  readonly version: ReadVersion | undefined;
}

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

/** A source that has a name, or had it. */
export interface NameOwner {
  readonly id: string;
  readonly name: string;
}

/** What a package's name is here: its row's id and whose it was before, or whose it is. */
export type Ownership =
  { readonly id: string; readonly takenFrom?: NameOwner | undefined } | { readonly ownedBy: NameOwner };

/** By name. */
export type PackageOwnership = ReadonlyMap<string, Ownership>;

export interface Contest {
  readonly winners: readonly SpeakingEntry[];
  readonly skipped: readonly SkippedEntry[];
  /** The default branch where it is left out, of a package that something is published of. */
  readonly silentRoot: SpeakingEntry | undefined;
}

/** A version that may speak for its package: in its words it is described. */
export type SpeakingEntry = VersionEntry & { readonly packageId: string };

/**
 * Decides who is published: a package has one owner, and of two refs that mean the same version of it the first wins,
 * as with Composer.
 */
export function settleContests(entries: readonly RefEntry[], packages: PackageOwnership): Contest {
  const winners: SpeakingEntry[] = [];
  const skipped: SkippedEntry[] = [];
  const taken = new Map<string, string>();
  let root: SpeakingEntry | undefined;
  for (const entry of entries) {
    if (entry.kind === "left_out") {
      const owner = packages.get(entry.version?.packageName ?? "");
      if (entry.version === undefined || owner === undefined || "ownedBy" in owner) continue;
      root = { ref: entry.ref, before: entry.before, kind: "read", version: entry.version, packageId: owner.id };
      continue;
    }
    if (entry.kind === "skipped") {
      skipped.push(entry);
      continue;
    }
    const skip = (reason: string, ownedBy?: string) => skipped.push(skippedEntry(entry, reason, ownedBy));
    const owner = entry.kind === "kept" ? { id: entry.published.package } : packages.get(entry.version.packageName);
    if (owner === undefined || "ownedBy" in owner) {
      skip(OTHER_OWNER + (owner?.ownedBy.name ?? "unknown"), owner?.ownedBy.id);
      continue;
    }
    const { finds, foundBy } = lookupsOf(entry);
    const first = finds.map((key) => taken.get(`${owner.id} ${key}`)).find((found) => found !== undefined);
    if (first !== undefined) {
      skip(`${SAME_VERSION}${first}, which comes first`);
      continue;
    }
    for (const key of foundBy) taken.set(`${owner.id} ${key}`, shortName(entry.ref.ref));
    winners.push({ ...entry, packageId: owner.id });
  }
  const isOffered = winners.some(({ packageId }) => packageId === root?.packageId);
  return { winners, skipped, silentRoot: isOffered ? root : undefined };
}

/** All that may speak for their packages. */
export function speakersAmong({ winners, silentRoot }: Pick<Contest, "winners" | "silentRoot">): SpeakingEntry[] {
  return silentRoot === undefined ? [...winners] : [...winners, silentRoot];
}

/** The package names that were read, also on a default branch that is left out. */
export function namesIn(entries: readonly RefEntry[]): string[] {
  const names = entries.flatMap((entry) => {
    const version = entry.kind === "read" || entry.kind === "left_out" ? entry.version : undefined;
    return version === undefined ? [] : [version.packageName];
  });
  return [...new Set(names)];
}

function skippedEntry(entry: VersionEntry, reason: string, ownedBy: string | undefined): SkippedEntry {
  const label =
    entry.kind === "read" ? `${entry.version.packageName} ${entry.version.id.version}` : entry.published.version;
  const skipped = { skipped: reason, label, ownedBy };
  return { ref: entry.ref, before: entry.before, kind: "skipped", skipped, isKnown: false };
}

/** Tags are one by value, as with Composer; and no two refs are published under one text, which Composer may do. */
function lookupsOf(entry: VersionEntry): { readonly finds: readonly string[]; readonly foundBy: readonly string[] } {
  const text = versionNormalizedOf(entry);
  if (!isTag(entry.ref.ref)) return { finds: [text], foundBy: [text] };
  const { finds, foundBy } = lookupOfTag(text);
  return { finds: [text, `value ${finds}`], foundBy: [text, `value ${foundBy}`] };
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
