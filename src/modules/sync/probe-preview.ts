import {
  compareForListing,
  parsePackageName,
  patternCovers,
  vendorOf,
  versionOfBranch,
  versionOfTag,
} from "../../composer/index.ts";
import type { GrantPattern } from "../../composer/index.ts";
import type { RemoteRef, RemoteRefs } from "../../platform/git/index.ts";
import type { Hint } from "../source-hints/index.ts";
import { BRANCH_CHOICES, OUTSIDE_FILTERS, remedyOf } from "../sources/index.ts";
import type { BranchChoice } from "../sources/index.ts";
import { chooseRefs } from "./choose-refs.ts";
import { describeEmptiness } from "./describe-emptiness.ts";
import type { KnownVersion } from "./hints/hint-facts.ts";
import type { ProbedHead } from "./probe-head.ts";
import { settleContests, inComposersOrder, shortName } from "./publication.ts";
import type { PackageOwnership, RefEntry } from "./publication.ts";
import type { ReadRefs } from "./read-refs.ts";
import type { ReadingBudgets } from "./reading-budgets.ts";
import { refsWithoutRoom, withoutRoomless } from "./room.ts";
import { isTag } from "./ref-reading.ts";
import type { ReadVersion } from "./ref-reading.ts";

/** Of each list; the numbers say how many there are. */
const SHOWN_MAX = 50;
const BRANCHES_NAMED_MAX = 20;

export interface ProbePreview {
  /** `exact`: every composer.json was read, as a sync does. `names`: only the names of branches and tags were looked at. */
  readonly preview: "exact" | "names";
  readonly versions_estimate: { readonly tags: number; readonly branches: number };
  /** What a source would take with each of these choices. */
  readonly choices: readonly {
    readonly branches: BranchChoice;
    readonly versions_estimate: { readonly tags: number; readonly branches: number };
    readonly branch_versions: readonly string[];
  }[];
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
  readonly left_out_branches: number;
  /** `matches` is null where the package's name is not known. */
  readonly filter: { readonly matches: boolean | null; readonly detail: string };
  readonly vendor_suggestion: string | null;
  /** Why a sync would find nothing. */
  readonly warning: string | null;
  /** No failures; what a sync will remark. */
  readonly hints: Hint[];
}

/** What else is known of what is tested. */
interface ProbedFacts extends ProbedChoice {
  /** Refs whose package the filters leave out are not shown. */
  readonly isBounded: boolean;
  readonly hints: (versions: readonly KnownVersion[]) => Hint[];
  readonly budgets: ReadingBudgets;
}

interface Taken {
  readonly ref: string;
  readonly package: string | null;
  readonly version: string;
  readonly stability: string;
  readonly normalized: string;
}

type Skipped = Pick<ProbePreview["would_skip"][number], "ref" | "reason">;

/** What a sync would take of some refs, and skip. */
interface Outlook {
  readonly taken: readonly Taken[];
  readonly skipped: readonly Skipped[];
}

/** What of a source is asked for. */
export interface ProbedChoice {
  readonly filters: readonly GrantPattern[];
  readonly branches: BranchChoice;
}

/** What the sync that follows will take and skip, by the same rules. */
export function previewReadings(
  found: RemoteRefs,
  { readings, rootName }: ReadRefs,
  asked: ProbedFacts,
  ownership: PackageOwnership,
): ProbePreview {
  const { defaultRef } = found;
  const room = { budgets: asked.budgets, defaultRef, rootName, storedSizes: new Map() };
  const contestOf = (refs: readonly RemoteRef[]) => {
    const entries = inComposersOrder(refs, defaultRef).map((ref): RefEntry => {
      const reading = readings.get(ref.ref) ?? { skipped: "it was not read", label: null };
      if ("skipped" in reading) return { ref, before: undefined, kind: "skipped", skipped: reading, isKnown: false };
      return { ref, before: undefined, kind: "read", version: reading };
    });
    return settleContests(withoutRoomless(entries, refsWithoutRoom(entries, room), room), ownership);
  };
  const outlook = (refs: readonly RemoteRef[]): Outlook => {
    const { winners, skipped } = contestOf(refs);
    return {
      taken: winners.flatMap((entry) => (entry.kind === "read" ? [toTaken(entry.ref.ref, entry.version)] : [])),
      skipped: skipped
        .map(({ ref, skipped: { skipped: reason } }) => ({ ref: ref.ref, reason }))
        .filter(({ reason }) => !asked.isBounded || !reason.endsWith(OUTSIDE_FILTERS)),
    };
  };
  const chosen = chooseRefs(asked.branches, found.refs, defaultRef);
  const looked = { defaultRef, choice: asked.branches, leftOut: chosen.leftOut };
  const lists = listsOf(found, asked.branches, outlook);
  const warning = lists.would_take_total === 0 ? describeEmptiness(looked, contestOf(chosen.taken)) : null;
  const root = readings.get(defaultRef ?? "");
  const words = root !== undefined && "metadata" in root ? wordsOf(root.metadata) : { description: null, type: null };
  const described = rootName === undefined ? null : { name: rootName, ...words };
  const hints = asked.hints(outlook(chosen.taken).taken);
  return { preview: "exact", ...lists, ...aboutName(described, asked.filters), warning, hints };
}

function toTaken(ref: string, { packageName, id }: ReadVersion): Taken {
  const { version, stability, versionNormalized: normalized } = id;
  return { ref, package: packageName, version, stability, normalized };
}

/** What can be said without every composer.json: which names are versions at all, and whose they are by `head`. */
export function previewNames(found: RemoteRefs, asked: ProbedFacts, head: ProbedHead | undefined): ProbePreview {
  const { defaultRef } = found;
  const outlook = (refs: readonly RemoteRef[]): Outlook => {
    const taken: Taken[] = [];
    const skipped: Skipped[] = [];
    for (const { ref } of inComposersOrder(refs, defaultRef)) {
      const name = shortName(ref);
      const id = isTag(ref) ? versionOfTag(name) : versionOfBranch(name, { isDefault: ref === defaultRef });
      if ("skipped" in id) {
        skipped.push({ ref, reason: id.skipped });
        continue;
      }
      const { version, stability, versionNormalized: normalized } = id;
      taken.push({ ref, package: null, version, stability, normalized });
    }
    return { taken, skipped };
  };
  const { taken, leftOut } = chooseRefs(asked.branches, found.refs, defaultRef);
  const looked = { defaultRef, choice: asked.branches, leftOut };
  const warning = taken.length === 0 ? describeEmptiness(looked, { skipped: [] }) : null;
  return {
    preview: "names",
    ...listsOf(found, asked.branches, outlook),
    ...aboutName(describeHead(head), asked.filters),
    warning,
    hints: asked.hints(outlook(taken).taken),
  };
}

/** What is told of a repository that is not known to be within the caller's bound: that it answers. */
export function withoutContent(
  { preview, choices }: Pick<ProbePreview, "preview" | "choices">,
  bound: readonly string[],
): ProbePreview {
  const warning = `nothing there is known to be within what this management token may manage: ${bound.join(", ")}`;
  const versions_estimate = { tags: 0, branches: 0 };
  return {
    preview,
    versions_estimate,
    choices: choices.map(({ branches }) => ({ branches, versions_estimate, branch_versions: [] })),
    package: null,
    would_take: [],
    would_take_total: 0,
    would_skip: [],
    would_skip_total: 0,
    left_out_branches: 0,
    filter: { matches: false, detail: warning },
    vendor_suggestion: null,
    warning,
    hints: [],
  };
}

/** As the default branch says it. */
export function describeHead(head: ProbedHead | undefined): ProbePreview["package"] {
  const { name, description, type } = head?.head.composerJson ?? {};
  const parsed = typeof name === "string" ? parsePackageName(name) : undefined;
  if (parsed?.ok !== true) return null;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return { name: parsed.value, description: text(description), type: text(type) };
}

/** The choice that was asked for in full, and of each other one how much it would take. */
function listsOf(
  { refs, defaultRef }: RemoteRefs,
  asked: BranchChoice,
  outlook: (refs: readonly RemoteRef[]) => Outlook,
) {
  const outlookOf = (choice: BranchChoice) => outlook(chooseRefs(choice, refs, defaultRef).taken);
  const named: BranchChoice[] = [...BRANCH_CHOICES];
  const choices = typeof asked === "string" ? named : [...named, asked];
  const { taken, skipped } = outlookOf(asked);
  return {
    ...lists(taken, skipped),
    choices: choices.map((branches) => summaryOf(branches, outlookOf(branches))),
    left_out_branches: chooseRefs(asked, refs, defaultRef).leftOut.size,
  };
}

function summaryOf(branches: BranchChoice, { taken }: Outlook): ProbePreview["choices"][number] {
  const ofBranches = taken.filter(({ ref }) => !isTag(ref)).map(({ version }) => version);
  return {
    branches,
    versions_estimate: estimateOf(taken),
    branch_versions: ofBranches.slice(0, BRANCHES_NAMED_MAX),
  };
}

function estimateOf(taken: readonly Taken[]) {
  const tags = taken.filter(({ ref }) => isTag(ref)).length;
  return { tags, branches: taken.length - tags };
}

function lists(taken: readonly Taken[], skipped: readonly Skipped[]) {
  const newestFirst = taken.toSorted((a, b) => compareForListing(a.normalized, b.normalized));
  return {
    versions_estimate: estimateOf(taken),
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
