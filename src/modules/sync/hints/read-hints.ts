import { messageOf } from "../../../platform/errors.ts";
import { GitError } from "../../../platform/git/index.ts";
import type { GitMirror } from "../../../platform/git/index.ts";
import { filtersOf } from "../../sources/index.ts";
import type { Hint, SourceRow } from "../../sources/index.ts";
import { shortName } from "../publication.ts";
import type { VersionEntry } from "../publication.ts";
import { chooseSpeaker } from "../publish-packages.ts";
import type { Survey } from "../survey.ts";
import type { SyncDeps } from "../sync-deps.ts";
import { findHints } from "./find-hints.ts";
import { readCommitFacts } from "./hint-facts.ts";
import type { KnownVersion } from "./hint-facts.ts";

/**
 * What a sync remarks; undefined where nothing moved since it was remarked. A hint is no reason to fail: without them
 * the versions are published all the same.
 */
export async function readHints(
  deps: Pick<SyncDeps, "log">,
  mirror: Pick<GitMirror, "listFiles" | "readObjects">,
  source: SourceRow,
  survey: Survey,
): Promise<Hint[] | undefined> {
  if (survey.isUnchanged && source.hints !== null) return undefined;
  const { defaultRef, entries } = survey;
  const root = entries.find(({ ref }) => ref.ref === defaultRef)?.ref;
  if (root === undefined) return [];
  const taken = entries.filter((entry) => entry.kind !== "skipped");
  const speaker = chooseSpeaker(taken, defaultRef);
  try {
    const head = await readCommitFacts(mirror, root.targetId);
    const commit = speaker?.ref.targetId ?? root.targetId;
    const release = commit === root.targetId ? head : await readCommitFacts(mirror, commit);
    const versions = taken.map(toVersion);
    return findHints({
      ...{ branch: shortName(root.ref), head, release, versions },
      ...{ url: source.url, filters: filtersOf(source) },
    });
  } catch (error) {
    if (!(error instanceof GitError) || error.kind === "damaged" || error.kind === "aborted") throw error;
    deps.log.warn({ source: source.id, error: messageOf(error) }, "no hints");
    return undefined;
  }
}

function toVersion(entry: VersionEntry): KnownVersion {
  if (entry.kind === "kept") {
    const { version, stability } = entry.published;
    return { package: null, version, stability };
  }
  const { packageName, id } = entry.version;
  return { package: packageName, version: id.version, stability: id.stability };
}
