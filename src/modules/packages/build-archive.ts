import { createHash } from "node:crypto";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { randomBase62 } from "../../platform/crypto/secrets.ts";
import { GitError, openMirror, planContents, withContents } from "../../platform/git/index.ts";
import type { ExportTag, Git, GitMirror } from "../../platform/git/index.ts";
import { openLfsStore } from "../../platform/git/lfs/index.ts";
import type { LfsStore } from "../../platform/git/lfs/index.ts";
import type { ArchiveForm, Database } from "../../schema.ts";
import { includesSubmodules, listTagsOfReference } from "./archive-queries.ts";
import type { ArchiveRow } from "./archive-queries.ts";
import { writeArchive } from "./archive-writer.ts";
import { findPackageNames } from "./package-queries.ts";

/** In which archives are written that are new. Old ones keep theirs, and are made again in it. */
const NEW_FORM: ArchiveForm = "folder";

/** As long as it takes to be the only one, and as short as paths on Windows have to be. */
const FOLDER_COMMIT_DIGITS = 12;

export interface BuildDeps {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly git: Git;
  readonly clock: Clock;
  readonly dataDir: string;
}

/** Which archive: a commit of a package. */
export interface ArchiveKey {
  readonly packageId: string;
  readonly reference: string;
}

export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  /** The archive that is to be made again; its bytes depend on how it was made. */
  readonly like?: Recipe;
}

/** Where a source's mirror is. One rule, because sync writes there and archives read. */
export function mirrorDirectory(dataDir: string, sourceId: string): string {
  return join(dataDir, "mirrors", `${sourceId}.git`);
}

/** Where a source's Git LFS objects are: beside its mirror, which may be damaged and made anew. */
export function lfsDirectory(dataDir: string, sourceId: string): string {
  return join(dataDir, "mirrors", `${sourceId}.lfs`);
}

/** Stores the bytes of an archive and returns what its row would be. */
export async function buildArchive(
  deps: BuildDeps,
  key: ArchiveKey,
  sourceId: string,
  { signal, like }: BuildOptions,
): Promise<ArchiveRow> {
  const { packageId, reference } = key;
  const mirror = openMirror(deps.git, { gitDir: mirrorDirectory(deps.dataDir, sourceId), signal });
  const digest = createHash("sha1");
  let sizeBytes = 0;
  // A key of its own for each attempt: whoever loses the race deletes only what it made itself.
  const blobKey = `${reference.slice(0, 2)}/${packageId}/${reference}-${randomBase62(8)}.zip`;
  try {
    const recipe = like ?? (await newRecipe(deps, key, sourceId, mirror));
    const bytes = await bytesOf(
      deps,
      key,
      { mirror, store: openLfsStore(lfsDirectory(deps.dataDir, sourceId)) },
      recipe,
    );
    const content = passOn(bytes, (chunk) => {
      digest.update(chunk);
      sizeBytes += chunk.length;
    });
    await deps.blobs.put(blobKey, Readable.from(content, { objectMode: false }));
    const [sha1, now] = [digest.digest("hex"), nowSeconds(deps.clock)];
    const { form, tags, submodules } = recipe;
    const facts = { sha1, size_bytes: sizeBytes, blob_key: blobKey, created_at: now };
    return { package: packageId, reference, ...facts, form, tags, submodules };
  } catch (error) {
    if (error instanceof GitError && error.kind === "damaged") await mirror.markDamaged();
    throw error;
  }
}

type Recipe = Pick<ArchiveRow, "form" | "tags" | "submodules">;

/** What an archive is made of. */
interface Material {
  readonly mirror: GitMirror;
  readonly store: LfsStore;
}

async function newRecipe(
  { database }: BuildDeps,
  key: ArchiveKey,
  sourceId: string,
  mirror: GitMirror,
): Promise<Recipe> {
  const published = await listTagsOfReference(database.db, key.packageId, key.reference);
  const tags = await mirror.listExportTags(key.reference, published);
  const submodules = (await includesSubmodules(database.db, sourceId)) ? 1 : null;
  return { form: NEW_FORM, submodules, tags: tags === undefined ? null : JSON.stringify(tags) };
}

async function bytesOf(
  { database }: BuildDeps,
  { packageId, reference }: ArchiveKey,
  material: Material,
  { form, tags, submodules }: Recipe,
): Promise<AsyncIterable<Buffer>> {
  const { mirror } = material;
  if (form === "git-flat") return gitZip(mirror, reference);
  const name = (await findPackageNames(database.db, [packageId])).get(packageId);
  if (name === undefined) throw new Error(`there is no package ${packageId}`);
  const folder = `${name.replace("/", "-")}-${reference.slice(0, FOLDER_COMMIT_DIGITS)}`;
  const exportTags = tags === null ? [] : (JSON.parse(tags) as ExportTag[]);
  const plan = await planContents(mirror, reference, { withSubmodules: submodules === 1 });
  const entriesOf = (commit: string) => mirror.archiveEntries(commit, []);
  const entries = withContents(mirror.archiveEntries(reference, exportTags), plan, { ...material, entriesOf });
  return writeArchive(entries, folder);
}

/** Fails at its end when git failed: half an archive must not be taken for a whole one. */
async function* gitZip(mirror: GitMirror, reference: string): AsyncGenerator<Buffer> {
  const archive = mirror.archiveZip(reference);
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
