import type { Git } from "./git.ts";
import { GitError } from "./git-error.ts";

/** The first git that can be told which address a name has (`http.curloptResolve`); an older one ignores that silently. */
const OLDEST = [2, 37] as const;

/** Throws when git is missing or too old to be kept to the addresses that were checked. */
export async function requireGitVersion(git: Pick<Git, "run">): Promise<void> {
  const said = (await git.run(["version"], { timeoutMs: 10_000 })).toString("utf8").trim();
  const match = /(\d+)\.(\d+)/.exec(said);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new GitError("git_missing", `git ${OLDEST.join(".")} or newer is needed; this is ${said}`);
}
