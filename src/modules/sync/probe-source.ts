import type { Cipher } from "../../platform/crypto/cipher.ts";
import { AppError } from "../../platform/errors.ts";
import { GitError, fetchForPreview, openMirror, readTree } from "../../platform/git/index.ts";
import type { Git, GitMirror, GitRemote, RemoteRefs } from "../../platform/git/index.ts";
import { AddressRefusedError, HostNotFoundError } from "../../platform/outbound-http/index.ts";
import type { TaskPool } from "../../platform/threads/index.ts";
import type { Database } from "../../schema.ts";
import { withinBound } from "../source-hints/index.ts";
import type { Hint } from "../source-hints/index.ts";
import type { Caller } from "../callers/index.ts";
import { checkProbe, isNameWithinBound, openRemoteAt, withoutForeignNames } from "../sources/index.ts";
import type { ProbeInput, SourcePolicy } from "../sources/index.ts";
import { describeHead, previewNames, previewReadings, withoutContent } from "./probe-preview.ts";
import type { ProbePreview } from "./probe-preview.ts";
import { foreseeOwnership } from "./publish-packages.ts";
import { findHints } from "./hints/find-hints.ts";
import type { KnownVersion } from "./hints/hint-facts.ts";
import { missingRequirements } from "./hints/requirement-hints.ts";
import { probeHead } from "./probe-head.ts";
import type { ProbedHead } from "./probe-head.ts";
import { readRefs } from "./read-refs.ts";
import type { Reader, ReadRefs } from "./read-refs.ts";
import type { ReadingRules } from "./ref-reading.ts";
import { inScratchRepository } from "./scratch-repository.ts";
import { withTarget } from "./redirect-target.ts";
import { readFilters } from "./read-entries.ts";
import type { ReadingBudgets } from "./reading-budgets.ts";
import type { SourceBudgets, SyncDeps } from "./sync-deps.ts";

export interface ProbeDeps {
  readonly database: Pick<Database, "db">;
  readonly cipher: Cipher;
  readonly git: Git;
  readonly workers: TaskPool;
  readonly sourcePolicy: SourcePolicy;
  readonly log: Pick<SyncDeps["log"], "warn">;
  readonly dataDir: string;
  readonly budgets: ReadingBudgets;
  readonly sourceBudgets?: SourceBudgets | undefined;
  /** The whole test; 20 seconds unless told. */
  readonly probeTimeoutMs?: number;
}

export type ProbeProblem =
  | "authentication"
  | "not_found"
  | "host_not_found"
  | "address_refused"
  | "unreachable"
  | "timeout"
  | "redirect"
  | "certificate"
  | "protocol"
  | "other";

export type ProbeResult =
  | ({
      readonly reachable: true;
      readonly default_branch: string | null;
      readonly refs: { readonly branches: number; readonly tags: number };
      /** On the default branch; null where that was not looked at. */
      readonly has_submodules: boolean | null;
    } & ProbePreview)
  | { readonly reachable: false; readonly problem: ProbeProblem; readonly detail: string };

const TIMEOUT_MS = 20_000;

/** Of the timeout, for the look at every composer.json; what it does not get by then is told from names alone. */
const PREVIEW_SHARE = 0.4;
/** Of the timeout, for the look at the default branch and the newest release. */
const HEAD_SHARE = 0.25;
/** Beyond so many, each composer.json is no cheap look any more. */
const REFS_READ_MAX = 5_000;
const PACK_BYTES_MAX = 64 * 1024 * 1024;
const TREE_BYTES_MAX = 4_000_000;
const AT_ONCE_MAX = 2;

export interface Prober {
  /** Throws what adding the source would throw for its input, and 429 when enough others are tested already. */
  probe(caller: Caller, input: ProbeInput, gone: AbortSignal): Promise<ProbeResult>;
  /** Ends what is under way. */
  close(): void;
}

/** Tries a source before it is added: writes nothing anywhere, and connects only where a sync would. */
export function createProber(deps: ProbeDeps): Prober {
  const closing = new AbortController();
  let running = 0;
  return {
    async probe(caller, input, gone) {
      const checked = await checkProbe(deps, caller, input);
      if (running >= AT_ONCE_MAX) {
        throw new AppError("request.too_many", `${AT_ONCE_MAX} repositories are being tested: try again in a moment.`);
      }
      running++;
      const timeout = AbortSignal.timeout(deps.probeTimeoutMs ?? TIMEOUT_MS);
      const signal = AbortSignal.any([timeout, gone, closing.signal]);
      try {
        return shownTo(caller, checked, await probeRemote(deps, checked, signal));
      } catch (error) {
        return describe(deps, checked.url.host, error, timeout.aborted);
      } finally {
        running--;
      }
    },
    close: () => closing.abort(),
  };
}

/**
 * With a package bound nobody learns what other sources are called, nor of what is outside of the bound. What does not
 * say its name is shown where the caller has a way to it of its own, and not where the server's rights open it.
 */
function shownTo(caller: Pick<Caller, "packageBound">, { url }: CheckedProbe, result: ProbeResult): ProbeResult {
  const { packageBound } = caller;
  if (packageBound === null || !result.reachable) return result;
  const name = result.package?.name;
  const isOwn = name === undefined ? url.transport === "http" : isNameWithinBound(caller, name);
  if (!isOwn) {
    const nothing = { default_branch: null, refs: { branches: 0, tags: 0 }, has_submodules: null };
    return { reachable: true, ...nothing, ...withoutContent(result, packageBound) };
  }
  const would_skip = result.would_skip.map((one) => ({ ...one, reason: withoutForeignNames(one.reason) }));
  const warning = result.warning === null ? null : withoutForeignNames(result.warning);
  return { ...result, would_skip, warning, hints: withinBound(result.hints, packageBound) };
}

type CheckedProbe = Awaited<ReturnType<typeof checkProbe>>;

async function probeRemote(deps: ProbeDeps, checked: CheckedProbe, signal: AbortSignal): Promise<ProbeResult> {
  const remote = await unlessAborted(openRemoteAt(deps.sourcePolicy, checked.url, checked.credentials), signal);
  try {
    return await inScratchRepository(deps.dataDir, (gitDir) => look(deps, checked, { remote, gitDir, signal }));
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== "redirect") throw error;
    throw await unlessAborted(withTarget(error, remote), signal);
  }
}

interface Place {
  readonly remote: GitRemote;
  readonly gitDir: string;
  readonly signal: AbortSignal;
}

async function look(deps: ProbeDeps, checked: CheckedProbe, place: Place): Promise<ProbeResult> {
  const { remote, gitDir, signal } = place;
  const timeoutMs = deps.probeTimeoutMs ?? TIMEOUT_MS;
  const mirror = openMirror(deps.git, {
    gitDir,
    signal,
    refsMax: deps.sourceBudgets?.refsMax,
    timeouts: timeoutsOf(timeoutMs),
  });
  await mirror.prepare();
  const found = await mirror.listRemoteRefs(remote);
  const { refs, defaultRef } = found;
  const filters = readFilters({ filters: JSON.stringify(checked.filters) });
  const tags = refs.filter(({ ref }) => ref.startsWith("refs/tags/")).length;
  const branch = defaultRef?.replace("refs/heads/", "") ?? null;
  const facts = { reachable: true as const, default_branch: branch, refs: { branches: refs.length - tags, tags } };
  const { read, warning } = await tryToReadAll(deps, mirror, found, filters, place);
  const limits = { timeoutMs: timeoutMs * HEAD_SHARE, packBytesMax: PACK_BYTES_MAX, signal };
  const head = await probeHead(deps, found, { gitDir: `${gitDir}.head`, remote, ...limits });
  const hints = hintsOfProbe(head, checked, await requirementsOf(deps, head));
  const about = { filters, branches: checked.branches, hints, budgets: deps.budgets, isBounded: checked.isBounded };
  if (read === undefined) {
    const names = previewNames(found, about, head);
    return { ...facts, has_submodules: null, ...names, warning: warning ?? names.warning };
  }
  const names = [...read.readings.values()].flatMap((one) => ("skipped" in one ? [] : [one.packageName]));
  const ownership = await foreseeOwnership(deps.database.db, [...new Set(names)], checked.sourceId ?? "");
  const submodules = { has_submodules: await hasSubmodules(mirror, found) };
  return { ...facts, ...submodules, ...previewReadings(found, read, about, ownership) };
}

/** Every composer.json; nothing where they cannot be had, with what its vendor has to know of that. */
async function tryToReadAll(
  deps: ProbeDeps,
  mirror: GitMirror,
  found: RemoteRefs,
  filters: ReadingRules["filters"],
  place: Place,
): Promise<{ read: ReadRefs | undefined; warning: string | undefined }> {
  try {
    return { read: await readAll(deps, mirror, found, filters, place), warning: undefined };
  } catch (error) {
    // It answers, and what its refs are called is known: too large or too slow for more is no reason to say nothing.
    if (!(error instanceof GitError)) throw error;
    const { host } = place.remote;
    deps.log.warn({ host, kind: error.kind, detail: error.detail }, `no preview: ${inWordsOfTest(error)}`);
    return { read: undefined, warning: error.kind === "remote_damaged" ? error.message : undefined };
  }
}

/** Every composer.json; undefined where there are too many. */
async function readAll(
  deps: ProbeDeps,
  mirror: GitMirror,
  { refs, defaultRef }: RemoteRefs,
  filters: ReadingRules["filters"],
  { remote, gitDir, signal }: Place,
): Promise<ReadRefs | undefined> {
  if (refs.length > REFS_READ_MAX) return undefined;
  const timeoutMs = deps.probeTimeoutMs ?? TIMEOUT_MS;
  const limits = { timeoutMs: timeoutMs * PREVIEW_SHARE, packBytesMax: PACK_BYTES_MAX, signal };
  await fetchForPreview(deps.git, { gitDir, remote, refs, file: "composer.json", ...limits });
  const { workers } = deps;
  const reader: Reader = { mirror, workers, lane: "waited", signal, onRead: () => undefined };
  return await readRefs(reader, refs, { budgets: deps.budgets, filters, defaultRef, rootName: undefined });
}

function timeoutsOf(timeoutMs: number) {
  return { listMs: timeoutMs, fetchMs: timeoutMs, localMs: timeoutMs };
}

/** As a sync would remark them. */
function hintsOfProbe(head: ProbedHead | undefined, { url, filters }: CheckedProbe, besides: readonly Hint[]) {
  return (versions: readonly KnownVersion[]) =>
    head === undefined ? [] : [...findHints({ ...head, versions, url: url.url, filters }), ...besides];
}

async function requirementsOf({ database }: ProbeDeps, head: ProbedHead | undefined): Promise<Hint[]> {
  const name = describeHead(head)?.name;
  const composerJson = head?.release.composerJson;
  if (name === undefined || composerJson === undefined) return [];
  return await missingRequirements(database.db, { name, metadata: JSON.stringify(composerJson) });
}

/** git writes where they are into a file at the root, of which only the name is here. */
async function hasSubmodules(
  mirror: Pick<GitMirror, "readObjects">,
  { refs, defaultRef }: RemoteRefs,
): Promise<boolean | null> {
  const root = refs.find(({ ref }) => ref === defaultRef);
  if (root === undefined) return null;
  for await (const tree of mirror.readObjects([`${root.targetId}^{tree}`], TREE_BYTES_MAX)) {
    return tree.kind === "found" ? readTree(tree.content).some(({ name }) => name === ".gitmodules") : null;
  }
  return null;
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new GitError("aborted", "the test was stopped"));
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const AT_NEXT_SYNC = /: it is (tried|made) again at the next sync$/;

/** After a test comes no sync by itself. */
function inWordsOfTest({ message }: GitError): string {
  return message.replace(AT_NEXT_SYNC, ": try again later");
}

/** In the words of a sync. */
function describe(deps: ProbeDeps, host: string, error: unknown, isTimeout: boolean): ProbeResult {
  const failed = (problem: ProbeProblem, detail: string) => ({ reachable: false as const, problem, detail });
  if (error instanceof AddressRefusedError) return failed("address_refused", error.message);
  if (error instanceof HostNotFoundError) return failed("host_not_found", error.message);
  if (!(error instanceof GitError)) throw error;
  const detail = inWordsOfTest(error);
  deps.log.warn({ host, kind: error.kind, detail: error.detail }, `a source was tested: ${detail}`);
  const who = host === "" ? "the repository" : host;
  if (isTimeout) return failed("timeout", `${who} did not answer in time: try again later`);
  return failed(problemOf(error), detail);
}

const OWN_WORDS: ReadonlySet<string> = new Set<ProbeProblem>([
  ...(["authentication", "not_found", "host_not_found", "unreachable"] as const),
  ...(["timeout", "redirect", "certificate", "protocol"] as const),
]);

function problemOf({ kind }: GitError): ProbeProblem {
  return OWN_WORDS.has(kind) ? (kind as ProbeProblem) : "other";
}
