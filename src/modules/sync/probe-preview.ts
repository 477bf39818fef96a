import {
  compareForListing,
  parsePackageName,
  patternCovers,
  vendorOf,
  versionOfBranch,
  versionOfTag,
} from "../../composer/index.ts";
import type { GrantPattern } from "../../composer/index.ts";
import type { RemoteRefs } from "../../platform/git/index.ts";
import { remedyOf } from "../sources/index.ts";
import type { Hint } from "../source-hints/index.ts";
import type { KnownVersion } from "./hints/hint-facts.ts";
import type { ProbedHead } from "./probe-head.ts";
import { settleContests, inComposersOrder, shortName } from "./publication.ts";
import type { PackageOwnership, RefEntry } from "./publication.ts";
import type { ReadRefs } from "./read-refs.ts";
import { isTag } from "./ref-reading.ts";
import { describeEmptiness } from "./write-survey.ts";

/** Of each list; the numbers say how many there are. */
const SHOWN_MAX = 50;

export interface ProbePreview {
  /** `exact`: every composer.json was read, as a sync does. `names`: only the names of branches and tags were looked at. */
  readonly preview: "exact" | "names";
  readonly versions_estimate: { readonly tags: number; readonly branches: number };
  readonly package: { readonly name: string; readonly description: string | null; readonly type: string | null } | null;
  readonly would_take: readonly {
    readonly ref: string;
    readonly package: string | null;
    readonly version: string;
    readonly stability: string;
  }[];
  readonly would_take_total: number;
  readonly would_skip: readonly { readonly ref: string; readonly reason: string; readonly what_to_do: string | null }[];
  readonly would_skip_total: number;
  /** `matches` is null where the package's name is not known. */
  readonly filter: { readonly matches: boolean | null; readonly detail: string };
  readonly vendor_suggestion: string | null;
  /** Why a sync would find nothing. */
  readonly warning: string | null;
  /** No failures; what a sync will remark. */
  readonly hints: Hint[];
}

/** What else is known of what is tested. */
interface ProbedFacts {
  readonly filters: readonly GrantPattern[];
  readonly hints: (versions: readonly KnownVersion[]) => Hint[];
}

interface Taken {
  readonly ref: string;
  readonly package: string | null;
  readonly version: string;
  readonly stability: string;
  readonly normalized: string;
}

type Skipped = Pick<ProbePreview["would_skip"][number], "ref" | "reason">;

/** What the sync that follows will take and skip, by the same rules. */
export function previewReadings(
  { refs, defaultRef }: RemoteRefs,
  { readings, rootName }: ReadRefs,
  { filters, hints }: ProbedFacts,
  ownership: PackageOwnership,
): ProbePreview {
  const entries = inComposersOrder(refs, defaultRef).map((ref): RefEntry => {
    const reading = readings.get(ref.ref) ?? { skipped: "it was not read", label: null };
    if ("skipped" in reading) return { ref, before: undefined, kind: "skipped", skipped: reading, isKnown: false };
    return { ref, before: undefined, kind: "read", version: reading };
  });
  const contest = settleContests(entries, ownership);
  const taken = contest.winners.flatMap((entry): Taken[] => {
    if (entry.kind !== "read") return [];
    const { packageName, id } = entry.version;
    const { version, stability, versionNormalized: normalized } = id;
    return [{ ref: entry.ref.ref, package: packageName, version, stability, normalized }];
  });
  const skipped = contest.skipped.map(({ ref, skipped: { skipped: reason } }) => ({ ref: ref.ref, reason }));
  const warning = taken.length === 0 ? describeEmptiness({ defaultRef }, contest) : null;
  const speaker = entries.find((entry) => entry.ref.ref === defaultRef);
  const said = speaker?.kind === "read" ? wordsOf(speaker.version.metadata) : { description: null, type: null };
  const described = rootName === undefined ? null : { name: rootName, ...said };
  const words = aboutName(described, filters);
  return { preview: "exact", ...lists(taken, skipped), ...words, warning, hints: hints(taken) };
}

/** What can be said without every composer.json: which names are versions at all, and whose they are by `head`. */
export function previewNames(
  { refs, defaultRef }: RemoteRefs,
  { filters, hints }: ProbedFacts,
  head: ProbedHead | undefined,
): ProbePreview {
  const taken: Taken[] = [];
  const skipped: Skipped[] = [];
  for (const { ref } of inComposersOrder(refs, defaultRef)) {
    const name = shortName(ref);
    const id = isTag(ref) ? versionOfTag(name) : versionOfBranch(name, { isDefault: ref === defaultRef });
    if ("skipped" in id) skipped.push({ ref, reason: id.skipped });
    else
      taken.push({
        ref,
        package: null,
        version: id.version,
        stability: id.stability,
        normalized: id.versionNormalized,
      });
  }
  const warning = refs.length === 0 ? describeEmptiness({ defaultRef }, { skipped: [] }) : null;
  const words = aboutName(describeHead(head), filters);
  return { preview: "names", ...lists(taken, skipped), ...words, warning, hints: hints(taken) };
}

/** As the default branch says it. */
export function describeHead(head: ProbedHead | undefined): ProbePreview["package"] {
  const { name, description, type } = head?.head.composerJson ?? {};
  const parsed = typeof name === "string" ? parsePackageName(name) : undefined;
  if (parsed?.ok !== true) return null;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return { name: parsed.value, description: text(description), type: text(type) };
}

function lists(taken: readonly Taken[], skipped: readonly Skipped[]) {
  const newestFirst = taken.toSorted((a, b) => compareForListing(a.normalized, b.normalized));
  return {
    versions_estimate: {
      tags: taken.filter(({ ref }) => isTag(ref)).length,
      branches: taken.filter(({ ref }) => !isTag(ref)).length,
    },
    would_take: newestFirst.slice(0, SHOWN_MAX).map(({ normalized: _normalized, ...shown }) => shown),
    would_take_total: taken.length,
    would_skip: skipped
      .slice(0, SHOWN_MAX)
      .map(({ ref, reason }) => ({ ref, reason, what_to_do: remedyOf(ref, reason) ?? null })),
    would_skip_total: skipped.length,
  };
}

function aboutName(described: ProbePreview["package"], filters: readonly GrantPattern[]) {
  const isOpen = filters.length === 0;
  if (described === null) {
    const detail = isOpen
      ? "there is no filter: every package is taken, whatever its name"
      : "the default branch has no composer.json that says the package's name";
    return { package: null, vendor_suggestion: null, filter: { matches: isOpen ? true : null, detail } };
  }
  const { name } = described;
  const vendor = `${vendorOf(name)}/`;
  const matches = isOpen || filters.some((pattern) => patternCovers(pattern, name));
  const detail = isOpen
    ? `there is no filter: ${name} is taken, and so is any other name; ${vendor} would keep others out`
    : matches
      ? `${name} is within the filters`
      : `${name} is outside the filters: add ${name}, or ${vendor} for everything of its vendor`;
  return { package: described, vendor_suggestion: vendor, filter: { matches, detail } };
}

function wordsOf(metadata: string): { description: string | null; type: string | null } {
  const { description, type } = JSON.parse(metadata) as { description?: string; type?: string };
  return { description: description ?? null, type: type ?? null };
}
