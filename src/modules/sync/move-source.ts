import type { Cipher } from "../../platform/crypto/cipher.ts";
import { invalidField } from "../../platform/errors.ts";
import { GitError, listUnheld, openMirror } from "../../platform/git/index.ts";
import type { Git, RemoteRefs } from "../../platform/git/index.ts";
import { AddressRefusedError, HostNotFoundError } from "../../platform/outbound-http/index.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listPublishedVersionsOfSource } from "../packages/index.ts";
import type { PublishedVersion } from "../packages/index.ts";
import { changeSource, checkMove, openRemoteAt } from "../sources/index.ts";
import type { CheckedMove, Source, SourceChange, SourcePolicy } from "../sources/index.ts";
import { withTarget } from "./redirect-target.ts";
import { inScratchRepository } from "./scratch-repository.ts";
import type { SourceBudgets } from "./sync-deps.ts";

export interface MoveDeps {
  readonly database: Pick<Database, "db" | "engine" | "transaction">;
  readonly cipher: Cipher;
  readonly clock: Clock;
  readonly git: Git;
  readonly sourcePolicy: SourcePolicy;
  readonly sourceBudgets?: SourceBudgets | undefined;
  readonly dataDir: string;
  /** The whole test; 20 seconds unless told. */
  readonly moveTimeoutMs?: number;
}

const TIMEOUT_MS = 20_000;
const PACK_BYTES_MAX = 64 * 1024 * 1024;
/** Of commits that no branch or tag leads to at the new place; each is a question of its own. */
const ASKED_MAX = 50;

/** Changes a source; where it gets another URL, that is asked first whether it is the same repository. */
export async function changeOrMoveSource(
  deps: MoveDeps,
  caller: Pick<Caller, "actor" | "packageBound">,
  id: string,
  { url, ...input }: SourceChange,
): Promise<Source> {
  const move = url === undefined ? undefined : await checkMove(deps, caller, id, { ...input, url });
  if (move !== undefined) await testMove(deps, move);
  return await changeSource(deps, caller, id, input, move);
}

/**
 * Whether all that is published can be had at the new place. What was sold is in our mirror and stays installable in
 * any case; another repository under the same names is what this keeps out.
 */
async function testMove(deps: MoveDeps, move: CheckedMove): Promise<void> {
  const timeoutMs = deps.moveTimeoutMs ?? TIMEOUT_MS;
  const signal = AbortSignal.timeout(timeoutMs);
  const published = await listPublishedVersionsOfSource(deps.database.db, move.source.id);
  try {
    const remote = await openRemoteAt(deps.sourcePolicy, move.url, move.credentials);
    await inScratchRepository(deps.dataDir, async (gitDir) => {
      const timeouts = { listMs: timeoutMs, fetchMs: timeoutMs, localMs: timeoutMs };
      const mirror = openMirror(deps.git, { gitDir, signal, timeouts, refsMax: deps.sourceBudgets?.refsMax });
      await mirror.prepare();
      try {
        const found = await mirror.listRemoteRefs(remote);
        const asked = compare(published, found);
        const limits = { gitDir, remote, timeoutMs, signal, packBytesMax: PACK_BYTES_MAX };
        refuseMissing(await listUnheld(deps.git, limits, asked), published);
      } catch (error) {
        throw error instanceof GitError && error.kind === "redirect" ? await withTarget(error, remote) : error;
      }
    });
  } catch (error) {
    const isKnown = [GitError, AddressRefusedError, HostNotFoundError].some((type) => error instanceof type);
    if (!isKnown || !(error instanceof Error)) throw error;
    const problem = signal.aborted ? "it did not answer in time" : error.message.replace(/: it is tried again.*$/, "");
    throw invalidField("/url", `cannot be used, and nothing was changed: ${problem}`);
  }
}

/** Refuses what is plainly another repository; returns the commits that have to be asked for. */
function compare(published: readonly PublishedVersion[], { refs }: RemoteRefs): string[] {
  const tips = new Map(refs.map(({ ref, targetId }) => [ref, targetId]));
  const ids = new Set(tips.values());
  const tags = published.filter(({ source_ref }) => source_ref.startsWith("refs/tags/"));
  const moved = tags.filter(({ source_ref, reference }) => tips.get(source_ref) !== reference);
  refuse(moved, tags.length, "published tags");
  const unseen = new Set(published.map(({ reference }) => reference).filter((reference) => !ids.has(reference)));
  if (unseen.size > ASKED_MAX) refuseMissing([...unseen], published);
  return [...unseen];
}

function refuseMissing(commits: readonly string[], published: readonly PublishedVersion[]): void {
  const missing = new Set(commits);
  refuse(
    published.filter(({ reference }) => missing.has(reference)),
    published.length,
    "published versions",
  );
}

function refuse(missing: readonly PublishedVersion[], total: number, what: string): void {
  const [example] = missing;
  if (example === undefined) return;
  const { version, reference } = example;
  throw invalidField(
    "/url",
    `is another repository, or not up to date: ${missing.length} of ${total} ${what} are not there, for example ${version} (${reference}). Sync the source and push everything, or add it as a source of its own`,
  );
}
