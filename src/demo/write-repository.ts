import { access, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Git } from "../platform/git/index.ts";
import type { SampleRepository } from "./sample-repositories.ts";

const TIMEOUT_MS = 30_000;

/** Makes the bare repository, unless it is there; it appears whole or not at all, so a start may be interrupted. */
export async function ensureRepository(git: Git, gitDir: string, repository: SampleRepository): Promise<void> {
  if (await exists(gitDir)) return;
  const unfinished = `${gitDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(gitDir), { recursive: true });
  await git.run(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", "--", unfinished], {
    timeoutMs: TIMEOUT_MS,
  });
  await git.run(["fast-import", "--quiet", "--done"], {
    gitDir: unfinished,
    timeoutMs: TIMEOUT_MS,
    stdin: fastImportStream(repository),
  });
  await rename(unfinished, gitDir);
}

/** One commit and one annotated tag a release, all on `main`. */
function fastImportStream({ author, releases }: SampleRepository): string {
  const commands = releases.map(({ tag, date, files }) => {
    const changes = Object.entries(files).map(([path, content]) => `M 100644 inline ${path}\n${data(content)}`);
    return [
      `commit refs/heads/main\ncommitter ${author} ${date} +0000\n${data(`Release ${tag}\n`)}`,
      ...changes,
      `\ntag ${tag}\nfrom refs/heads/main\ntagger ${author} ${date} +0000\n${data(`Release ${tag}\n`)}`,
    ].join("");
  });
  return `${commands.join("")}done\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
