import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandoned } from "../abandoned-directories.ts";

const SCRATCH = "package-broker-exports";

/** Far longer than any archive may take. */
const ABANDONED_MS = 24 * 3600 * 1000;

/** A tag as it was when an archive was made first: its name without `refs/tags/`, and the object it names. */
export interface ExportTag {
  readonly name: string;
  readonly objectId: string;
}

export interface ExportRepository {
  readonly gitDir: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A repository for one archive, with the objects of a mirror and nothing else of it: what `export-subst` puts into files
 * depends on refs and settings, and must be the same whenever the archive is made again. It has these tags, as they are
 * called at the vendor's, no branch, and settings that are no machine's own.
 */
export async function makeExportRepository(
  mirrorDir: string,
  commit: string,
  tags: readonly ExportTag[],
): Promise<ExportRepository> {
  const scratch = join(mirrorDir, SCRATCH);
  await mkdir(scratch).catch(ignoreIfThere);
  const gitDir = await mkdtemp(join(scratch, "export-"));
  await removeAbandoned(scratch, gitDir, ABANDONED_MS);
  await mkdir(join(gitDir, "objects", "info"), { recursive: true });
  await mkdir(join(gitDir, "refs"));
  await writeFile(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  await writeFile(join(gitDir, "config"), settingsFor(commit));
  await writeFile(join(gitDir, "objects", "info", "alternates"), "../../../objects\n");
  await writeFile(
    join(gitDir, "packed-refs"),
    tags.map(({ name, objectId }) => `${objectId} refs/tags/${name}\n`).join(""),
  );
  return { gitDir, [Symbol.asyncDispose]: () => rm(gitDir, { recursive: true, force: true }) };
}

/**
 * Abbreviated names would grow with the mirror, line ends follow the machine, and git would look for the names of people
 * in whatever the mirror's HEAD is, and for keys to check a signature with in this user's home.
 */
function settingsFor(commit: string): string {
  return [
    "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tabbrev = 7\n\teol = lf\n\tignoreCase = false",
    `[mailmap]\n\tblob = ${commit}:.mailmap`,
    "[tar]\n\tumask = 0022",
    '[gpg]\n\tprogram = false\n[gpg "x509"]\n\tprogram = false\n[gpg "ssh"]\n\tprogram = false\n',
  ].join("\n");
}

/** Not made with its parents: where there is no mirror, none must appear. */
function ignoreIfThere(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
}
