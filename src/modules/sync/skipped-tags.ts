import { compareForListing, versionOfTag } from "../../composer/index.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { closeEntries, listOpenEntriesAbout, raiseAttention } from "../attention/index.ts";
import { emitNotice } from "../notices/index.ts";
import { OTHER_OWNER, SKIPPED_VERSION, isOverBudget, isVersionLike, readableTag, remedyOf } from "../sources/index.ts";
import type { SourceRow } from "../sources/index.ts";
import { SAME_VERSION, shortName } from "./publication.ts";
import type { Contest } from "./publication.ts";
import { isTag } from "./ref-reading.ts";

/** A release that nobody gets, and what helps. */
export interface SkippedRelease {
  readonly ref: string;
  readonly commit: string;
  readonly reason: string;
  readonly remedy: string | undefined;
  readonly label: string | null;
}

type Skipped = Contest["skipped"][number];

/** Skipped tags that were meant as releases, and of which no other source or filter of the vendor's is the cause. */
export function listSkippedReleases({ winners, skipped }: Contest): (SkippedRelease & { isNew: boolean })[] {
  const withdrawn = newestWithdrawn(skipped);
  const commitOf = new Map(winners.map(({ ref }) => [shortName(ref.ref), ref.targetId]));
  return skipped
    .filter((entry) => isLost(entry, commitOf))
    .map((entry) => {
      const { ref, before, skipped: what, isKnown } = entry;
      return {
        ref: ref.ref,
        commit: ref.targetId,
        reason: what.skipped,
        remedy: remedyOf(ref.ref, what.skipped),
        label: what.label,
        isNew: !isKnown && (before?.object_id !== ref.objectId || entry === withdrawn),
      };
    });
}

/**
 * The newest tag that was published until now and takes too much since, because a setting was changed or newer versions
 * came: it speaks for the others, which may be hundreds.
 */
function newestWithdrawn(skipped: readonly Skipped[]): Skipped | undefined {
  const withdrawn = skipped.filter(
    ({ ref, before, skipped: { skipped: reason } }) =>
      isTag(ref.ref) && (before?.version ?? null) !== null && isOverBudget(reason),
  );
  return withdrawn.reduce<Skipped | undefined>(
    (best, entry) => (best === undefined || compareForListing(meantBy(entry), meantBy(best)) < 0 ? entry : best),
    undefined,
  );
}

function meantBy({ ref }: Skipped): string {
  const meant = versionOfTag(shortName(ref.ref));
  return "skipped" in meant ? "0.0.0.0" : meant.versionNormalized;
}

function isLost({ ref, skipped: { skipped: reason } }: Skipped, commitOf: ReadonlyMap<string, string>): boolean {
  if (!isTag(ref.ref) || !isVersionLike(shortName(ref.ref))) return false;
  if (reason.startsWith(OTHER_OWNER) || reason.endsWith(" is outside the filters of the source")) return false;
  // Two tags of one commit, 1.0 and v1.0.0, lose nothing.
  const twin = reason.startsWith(SAME_VERSION) ? reason.slice(SAME_VERSION.length).split(", which")[0] : undefined;
  return twin === undefined || commitOf.get(twin) !== ref.targetId;
}

interface Told {
  readonly source: SourceRow;
  readonly contest: Contest;
  readonly goneRefs: readonly string[];
}

/**
 * Tells, in the transaction of a sync's outcome, of each tag that appeared since the last one and is skipped: once, by
 * an event and among what needs attention. What is settled by what this sync published is closed. A first sync is an
 * import of what was tagged long ago, and tells nothing. Returns what it told of.
 */
export async function tellSkippedReleases(deps: { clock: Clock }, trx: Db, told: Told): Promise<SkippedRelease[]> {
  const { source, contest } = told;
  await closeSettled(deps, trx, told);
  if (source.synced_at === null) return [];
  const news = listSkippedReleases(contest).filter(({ isNew }) => isNew);
  for (const release of news) {
    const { ref, commit, reason, remedy, label } = storable(release);
    const tag = shortName(ref);
    const details = { name: source.name, tag, reason, what_to_do: remedy ?? null };
    await raiseAttention(deps, trx, {
      kind: SKIPPED_VERSION,
      shop: null,
      customer: null,
      distinct: ref,
      subject: { kind: "source", id: source.id },
      details: { ...details, ref },
    });
    await emitNotice(deps, trx, {
      type: "source.version_skipped",
      shop: null,
      data: { id: source.id, url: source.url, ...details, reference: commit, label },
    });
  }
  return news;
}

/** What is open about tags that are versions now, that are gone, or in whose place a version came that is newer. */
async function closeSettled(deps: { clock: Clock }, trx: Db, { source, contest, goneRefs }: Told): Promise<void> {
  const about = { kind: SKIPPED_VERSION, subject: "source", id: source.id };
  const open = await listOpenEntriesAbout(trx, about);
  if (open.length === 0) return;
  const gone = new Set([...goneRefs, ...contest.winners.map(({ ref }) => ref.ref)]);
  const released = contest.winners.flatMap((entry) =>
    entry.kind === "read" && isTag(entry.ref.ref) ? [entry.version.id.versionNormalized] : [],
  );
  const settled = open.filter(({ details }) => {
    const { ref, tag } = JSON.parse(details) as { ref: string; tag: string };
    const meant = versionOfTag(readableTag(tag) ?? tag);
    const isReplaced = "skipped" in meant ? false : released.some((one) => isAtLeast(one, meant.versionNormalized));
    return gone.has(ref) || isReplaced;
  });
  await closeEntries(
    deps,
    trx,
    settled.map(({ id }) => id),
  );
}

function isAtLeast(version: string, other: string): boolean {
  return compareForListing(version, other) <= 0;
}

/** PostgreSQL stores neither NUL nor half of a surrogate pair. */
function storable(release: SkippedRelease): SkippedRelease {
  const clean = (text: string) => text.replaceAll("\0", "").toWellFormed();
  return { ...release, reason: clean(release.reason), label: release.label === null ? null : clean(release.label) };
}
