import { createHash } from "node:crypto";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { AlarmClock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { randomBase62 } from "../../platform/crypto/secrets.ts";
import type { FairSlots } from "../../platform/fair-slots.ts";
import { GitError, openMirror, planContents, withContents, withinLimits } from "../../platform/git/index.ts";
import type { ExportTag, Git, GitMirror, PlannedContents } from "../../platform/git/index.ts";
import { openLfsStore } from "../../platform/git/lfs/index.ts";
import type { LfsStore } from "../../platform/git/lfs/index.ts";
import { inTime } from "../../platform/in-time.ts";
import type { ArchiveForm, Database } from "../../schema.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import { includesSubmodules, listTagsOfReference } from "./archive-queries.ts";
import type { ArchiveRow } from "./archive-queries.ts";
import { writeArchive } from "./archive-writer.ts";
import { findPackageNames } from "./package-queries.ts";

/** In which archives are written that are new. Old ones keep theirs, and are made again in it. */
const NEW_FORM: ArchiveForm = "folder";

/** As long as it takes to be the only one, and as short as paths on Windows have to be. */
const FOLDER_COMMIT_DIGITS = 12;

/** Looking how much there is takes a moment, also where there is very much. */
const PLAN_MS_MAX = 20_000;

/** Such an archive is made in a second or two, and waits for none that is not. */
const SMALL_FILES_MAX = 2_000;
const SMALL_BYTES_MAX = 16 * 1024 * 1024;

/** Of what is made again: what was stored once may be, whatever the limits are today. */
const STORED_ONCE = { filesMax: 1_000_000, sizeBytesMax: Infinity };

/** Headers, and contents that do not get smaller by compressing. */
const ZIP_BYTES_MORE = 128 * 1024 * 1024;

export interface BuildDeps {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly git: Git;
  readonly clock: AlarmClock;
  readonly dataDir: string;
  readonly limits: ArchiveLimits;
  /** Shared by sources. */
  readonly slots: FairSlots;
}

/** Which archive: a commit of a package. */
export interface ArchiveKey {
  readonly packageId: string;
  readonly reference: string;
}

export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  /** The archive that is to be made again; its bytes depend on how it was made. */
  readonly like?: ArchiveRow;
}

/** Where a source's mirror is. One rule, because sync writes there and archives read. */
export function mirrorDirectory(dataDir: string, sourceId: string): string {
  return join(dataDir, "mirrors", `${sourceId}.git`);
}

/** Where a source's Git LFS objects are: beside its mirror, which may be damaged and made anew. */
export function lfsDirectory(dataDir: string, sourceId: string): string {
  return join(dataDir, "mirrors", `${sourceId}.lfs`);
}

export type Build = (key: ArchiveKey, sourceId: string, options: BuildOptions) => Promise<ArchiveRow>;

/** One archive that is made. */
interface Job {
  readonly key: ArchiveKey;
  readonly sourceId: string;
  readonly like: ArchiveRow | undefined;
  readonly limits: Pick<ArchiveLimits, "filesMax" | "sizeBytesMax">;
}

/**
 * What stores the bytes of an archive and returns what its row would be. First it is looked how much there is, which
 * takes little of git: so large ones wait for each other, and small ones for none of them.
 */
export function createBuilder(deps: BuildDeps): Build {
  const { clock, slots, limits } = deps;
  return async (key, sourceId, { signal, like }) => {
    const job: Job = { key, sourceId, like, limits: like === undefined ? limits : STORED_ONCE };
    const run = <T>(isSmall: boolean, ms: number, work: (signal: AbortSignal) => Promise<T>) =>
      slots.run({ group: sourceId, isSmall, signal }, () => inTime({ clock, ms, signal, late: () => late(ms) }, work));
    const plan = await run(true, PLAN_MS_MAX, (running) => planArchive(deps, job, running));
    const isSmall = plan.files <= SMALL_FILES_MAX && plan.sizeBytes <= SMALL_BYTES_MAX;
    return await run(isSmall, limits.buildMsMax, (running) => storeArchive(deps, job, plan, running));
  };
}

function late(ms: number): GitError {
  const message = `its archive was not made within ${Math.round(ms / 1000)} s (ARCHIVE_MAX_SECONDS)`;
  return new GitError("timeout", message);
}

interface Plan extends PlannedContents {
  readonly submodules: ArchiveRow["submodules"];
}

async function planArchive(deps: BuildDeps, job: Job, signal: AbortSignal): Promise<Plan> {
  const { key, sourceId, like, limits } = job;
  const included = () => includesSubmodules(deps.database.db, sourceId).then((does) => (does ? 1 : null));
  const submodules = like === undefined ? await included() : like.submodules;
  const material = openMaterial(deps, sourceId, signal);
  const options = { ...limits, withSubmodules: submodules === 1 };
  const planned = await markingDamage(material, () => planContents(material.mirror, key.reference, options));
  return { ...planned, submodules };
}

async function storeArchive(deps: BuildDeps, job: Job, plan: Plan, signal: AbortSignal): Promise<ArchiveRow> {
  const { key, sourceId, like, limits } = job;
  const { packageId, reference } = key;
  const material = openMaterial(deps, sourceId, signal);
  // A key of its own for each attempt: whoever loses the race deletes only what it made itself.
  const blobKey = `${reference.slice(0, 2)}/${packageId}/${reference}-${randomBase62(8)}.zip`;
  const digest = createHash("sha1");
  let sizeBytes = 0;
  const sizeBytesMax = like?.size_bytes ?? limits.sizeBytesMax + ZIP_BYTES_MORE;
  return await markingDamage(material, async () => {
    const recipe = like ?? (await newRecipe(deps, key, plan, material.mirror));
    const bytes = await bytesOf(deps, job, { ...material, plan }, recipe);
    const content = passOn(bytes, (chunk) => {
      signal.throwIfAborted();
      digest.update(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > sizeBytesMax) throw new GitError("output_too_large", "its archive is larger than was foreseen");
    });
    await deps.blobs.put(blobKey, Readable.from(content, { objectMode: false }));
    const [sha1, now] = [digest.digest("hex"), nowSeconds(deps.clock)];
    const { form, tags, submodules } = recipe;
    const facts = { sha1, size_bytes: sizeBytes, blob_key: blobKey, created_at: now };
    return { package: packageId, reference, ...facts, form, tags, submodules };
  });
}

type Recipe = Pick<ArchiveRow, "form" | "tags" | "submodules">;

/** What an archive is made of. */
interface Material {
  readonly mirror: GitMirror;
  readonly store: LfsStore;
}

function openMaterial({ git, dataDir }: BuildDeps, sourceId: string, signal: AbortSignal): Material {
  const mirror = openMirror(git, { gitDir: mirrorDirectory(dataDir, sourceId), signal });
  return { mirror, store: openLfsStore(lfsDirectory(dataDir, sourceId)) };
}

/** A mirror that a reader finds damaged is made again at the next sync. */
async function markingDamage<T>({ mirror }: Material, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GitError && error.kind === "damaged") await mirror.markDamaged();
    throw error;
  }
}

async function newRecipe(
  { database }: BuildDeps,
  key: ArchiveKey,
  { submodules }: Plan,
  mirror: GitMirror,
): Promise<Recipe> {
  const published = await listTagsOfReference(database.db, key.packageId, key.reference);
  const tags = await mirror.listExportTags(key.reference, published);
  return { form: NEW_FORM, submodules, tags: tags === undefined ? null : JSON.stringify(tags) };
}

async function bytesOf(
  { database }: BuildDeps,
  { key: { packageId, reference }, limits }: Job,
  material: Material & { readonly plan: Plan },
  { form, tags }: Recipe,
): Promise<AsyncIterable<Buffer>> {
  const { mirror, plan } = material;
  if (form === "git-flat") return gitZip(mirror, reference);
  const name = (await findPackageNames(database.db, [packageId])).get(packageId);
  if (name === undefined) throw new Error(`there is no package ${packageId}`);
  const folder = `${name.replace("/", "-")}-${reference.slice(0, FOLDER_COMMIT_DIGITS)}`;
  const exportTags = tags === null ? [] : (JSON.parse(tags) as ExportTag[]);
  const entriesOf = (commit: string) => mirror.archiveEntries(commit, []);
  const entries = withContents(mirror.archiveEntries(reference, exportTags), plan.plan, { ...material, entriesOf });
  return writeArchive(withinLimits(entries, limits), folder);
}

/** Fails at its end when git failed: half an archive must not be taken for a whole one. */
async function* gitZip(mirror: GitMirror, reference: string): AsyncGenerator<Buffer> {
  const archive = await mirror.archiveZip(reference);
  try {
    yield* archive.stdout as AsyncIterable<Buffer>;
    await archive.done;
  } finally {
    archive.cancel();
    archive.stdout.destroy();
  }
}

async function* passOn(bytes: AsyncIterable<Buffer>, use: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    use(chunk);
    yield chunk;
  }
}
