import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { missingTool, runToolOrFail } from "./processes.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

const AUTOLOAD = "/usr/share/php/Composer/autoload.php";
const SCRIPT = fileURLToPath(new URL("../fixtures/vcs-versions.php", import.meta.url));

/** Package name (lower-cased) → constraint as it is written, `self.version` too. */
type Constraints = Readonly<Record<string, string>>;

/** One version of one package, as Composer's own `vcs` driver reads it. */
export interface VcsVersion {
  readonly name: string;
  readonly version: string;
  readonly version_normalized: string;
  readonly isDev: boolean;
  readonly stability: "stable" | "RC" | "beta" | "alpha" | "dev";
  readonly isDefaultBranch: boolean;
  /** From `extra.branch-alias`, or `9999999-dev` for a default branch that has none. */
  readonly aliases: readonly { readonly version: string; readonly version_normalized: string }[];
  readonly require: Constraints;
  readonly requireDev: Constraints;
  readonly conflict: Constraints;
  readonly replace: Constraints;
  readonly provide: Constraints;
  /** The commit; null only where composer.json names a source of its own without one. */
  readonly sourceReference: string | null;
  /** RFC 3339: the commit's author date, or what composer.json says. */
  readonly time: string | null;
  readonly type: string;
  /** What `ArrayDumper` writes: the entry that Satis would publish. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Everything Composer says about a repository. */
export interface VcsReport {
  /** In Composer's order: tags, then branches with the default branch first. */
  readonly versions: readonly VcsVersion[];
  /** What it says with -vv, among it each skipped tag and branch with the reason. */
  readonly messages: readonly string[];
  /** Why there is nothing, when the whole repository is refused. */
  readonly error: string | null;
}

/** Asks the real Composer what it makes of a git repository: a directory, or the URL of a git server. */
export async function askComposerVcs(
  repository: string,
  credentials?: { readonly username: string; readonly password: string },
): Promise<VcsReport> {
  try {
    await access(AUTOLOAD);
  } catch {
    throw missingTool(AUTOLOAD, "composer");
  }
  await using home = await makeTemporaryDirectory("vcs-oracle");
  const host = URL.canParse(repository) ? new URL(repository).host : "localhost";
  const auth = credentials === undefined ? {} : { "http-basic": { [host]: credentials } };
  const output = await runToolOrFail("php", ["-d", "memory_limit=-1", SCRIPT, AUTOLOAD, repository], {
    env: {
      HOME: home.path,
      COMPOSER_HOME: home.path,
      COMPOSER_CACHE_DIR: `${home.path}/cache`,
      COMPOSER_ALLOW_SUPERUSER: "1",
      COMPOSER_NO_INTERACTION: "1",
      COMPOSER_AUTH: JSON.stringify(auth),
    },
  });
  // The shape is that of fixtures/vcs-versions.php, which nothing else writes.
  const report = JSON.parse(output) as Omit<VcsReport, "messages"> & { readonly messages: string };
  return { ...report, messages: report.messages.split("\n").filter((line) => line.trim() !== "") };
}

/** The versions only, for tests that compare and do not explain. */
export async function composerVcsVersions(repository: string): Promise<readonly VcsVersion[]> {
  return (await askComposerVcs(repository)).versions;
}
