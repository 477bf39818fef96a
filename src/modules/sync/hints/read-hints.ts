import { messageOf } from "../../../platform/errors.ts";
import { GitError } from "../../../platform/git/index.ts";
import type { GitMirror } from "../../../platform/git/index.ts";
import { findPackageNames, findVersionMetadata } from "../../packages/index.ts";
import { MISSING_REQUIREMENT, hintsOf } from "../../source-hints/index.ts";
import { filtersOf } from "../../sources/index.ts";
import type { Hint } from "../../source-hints/index.ts";
import type { SourceRow } from "../../sources/index.ts";
import { shortName } from "../publication.ts";
import type { VersionEntry } from "../publication.ts";
import { chooseSpeaker } from "../publish-packages.ts";
import type { Survey } from "../survey.ts";
import type { SyncDeps } from "../sync-deps.ts";
import { findHints } from "./find-hints.ts";
import { readCommitFacts } from "./hint-facts.ts";
import type { KnownVersion } from "./hint-facts.ts";
import { missingRequirements } from "./requirement-hints.ts";

type Mirror = Pick<GitMirror, "listFiles" | "readObjects">;

/**
 * What a sync remarks; undefined where it is what was remarked before. Of a source where nothing moved, only what
 * depends on other sources is looked for. A hint is no reason to fail: without them the versions are published all the
 * same.
 */
export async function readHints(
  deps: Pick<SyncDeps, "log" | "database">,
  mirror: Mirror,
  source: SourceRow,
  survey: Survey,
): Promise<Hint[] | undefined> {
  const isKnown = survey.isUnchanged && source.hints !== null;
  const own = isKnown
    ? hintsOf(source).filter(({ code }) => code !== MISSING_REQUIREMENT)
    : await readOwnHints(deps, mirror, source, survey);
  if (own === undefined) return undefined;
  const hints = [...own, ...(await hintsOfRequirements(deps, survey))];
  return JSON.stringify(hints) === source.hints ? undefined : hints;
}

async function hintsOfRequirements({ database }: Pick<SyncDeps, "database">, survey: Survey): Promise<Hint[]> {
  const speaker = chooseSpeaker(takenOf(survey), survey.defaultRef);
  if (speaker === undefined) return [];
  const { db } = database;
  if (speaker.kind === "read") {
    const { packageName, metadata } = speaker.version;
    return await missingRequirements(db, { name: packageName, metadata });
  }
  const { id, package: packageId } = speaker.published;
  const name = (await findPackageNames(db, [packageId])).get(packageId);
  const metadata = await findVersionMetadata(db, id);
  return name === undefined || metadata === undefined ? [] : await missingRequirements(db, { name, metadata });
}

function takenOf({ entries }: Survey): VersionEntry[] {
  return entries.filter((entry) => entry.kind === "read" || entry.kind === "kept");
}

async function readOwnHints(
  deps: Pick<SyncDeps, "log">,
  mirror: Mirror,
  source: SourceRow,
  survey: Survey,
): Promise<Hint[] | undefined> {
  const { defaultRef, entries } = survey;
  const root = entries.find(({ ref }) => ref.ref === defaultRef)?.ref;
  if (root === undefined) return [];
  const taken = takenOf(survey);
  const speaker = chooseSpeaker(taken, defaultRef);
  try {
    const head = await readCommitFacts(mirror, root.targetId);
    const commit = speaker?.ref.targetId ?? root.targetId;
    const release = commit === root.targetId ? head : await readCommitFacts(mirror, commit);
    const versions = taken.map(toVersion);
    return findHints({
      branch: shortName(root.ref),
      head,
      release,
      versions,
      url: source.url,
      filters: filtersOf(source),
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
