import { compareForListing, versionOfTag } from "../../composer/index.ts";
import { messageOf } from "../../platform/errors.ts";
import { GitError, fetchWithoutHistory, openMirror } from "../../platform/git/index.ts";
import type { Git, GitRemote, RemoteRef, RemoteRefs } from "../../platform/git/index.ts";
import { readCommitFacts } from "./hints/hint-facts.ts";
import type { HintFacts } from "./hints/hint-facts.ts";
import { shortName } from "./publication.ts";
import { isTag } from "./ref-reading.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** What a look at the default branch and the newest release tells. */
export type ProbedHead = Pick<HintFacts, "branch" | "head" | "release">;

interface HeadOptions {
  /** Of a repository that is thrown away afterwards; nothing else is in it. */
  readonly gitDir: string;
  readonly remote: GitRemote;
  readonly timeoutMs: number;
  readonly packBytesMax: number;
  readonly signal: AbortSignal;
}

/**
 * Gets two commits without their histories, as cheap with a server that knows no filters as with one that does: the
 * name of the package and the hints do not depend on a look at every branch and tag. Undefined where even that is too
 * much.
 */
export async function probeHead(
  deps: { readonly git: Git; readonly log: Pick<SyncDeps["log"], "warn"> },
  { refs, defaultRef }: RemoteRefs,
  options: HeadOptions,
): Promise<ProbedHead | undefined> {
  const root = refs.find(({ ref }) => ref === defaultRef);
  if (root === undefined) return undefined;
  const released = newestRelease(refs) ?? root;
  const { gitDir, remote, timeoutMs, signal } = options;
  const mirror = openMirror(deps.git, {
    gitDir,
    signal,
    timeouts: { listMs: timeoutMs, fetchMs: timeoutMs, localMs: timeoutMs },
  });
  try {
    await mirror.prepare();
    await fetchWithoutHistory(deps.git, options, [root.objectId, released.objectId]);
    const head = await readCommitFacts(mirror, root.targetId);
    const release = released.targetId === root.targetId ? head : await readCommitFacts(mirror, released.targetId);
    return { branch: shortName(root.ref), head, release };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    deps.log.warn({ host: remote.host, kind: error.kind, detail: error.detail }, `no look: ${messageOf(error)}`);
    return undefined;
  }
}

/** By the names of the tags. */
function newestRelease(refs: readonly RemoteRef[]): RemoteRef | undefined {
  const releases = refs.flatMap((ref) => {
    const id = isTag(ref.ref) ? versionOfTag(shortName(ref.ref)) : undefined;
    return id === undefined || "skipped" in id || id.stability !== "stable" ? [] : [{ ref, of: id.versionNormalized }];
  });
  return releases.toSorted((a, b) => compareForListing(a.of, b.of))[0]?.ref;
}
