import type { Hint } from "../../source-hints/index.ts";
import type { CommitFacts, HintFacts } from "./hint-facts.ts";

/** Directories that builds write to. */
const OUTPUT = new Set(["build", "dist", "compiled", "vendor"]);

/**
 * The archive of a version is its commit: what .gitignore leaves out was never in it. Buyers install such a version
 * without an error, and it has no JavaScript.
 */
export function ignoredOutput({ head, release }: HintFacts): Hint[] {
  const missing = listIgnored(head.texts.get(".gitignore") ?? "").filter(
    (pattern) => isWanted(head, pattern) && !release.files.some(({ path }) => covers(pattern, path)),
  );
  if (missing.length === 0) return [];
  const named = missing.slice(0, 5).join(", ");
  const are = missing.length === 1 ? "is" : "are";
  return [
    {
      code: "archive.ignored_output",
      message: `${named} ${are} in .gitignore and in no version: buyers get what the tag's commit has, without what a build adds.`,
      what_to_do:
        "Tag a commit that has the built files: see “What is in the archive” in the documentation of sources.",
      example: null,
    },
  ];
}

/** What looks like the output of a build, as .gitignore writes it; what it takes back with `!` is not ignored. */
function listIgnored(gitignore: string): string[] {
  const lines = gitignore.split(/\r?\n/).map((line) => line.trim());
  const back = new Set(lines.filter((line) => line.startsWith("!")).map((line) => directoryOf(line.slice(1))));
  const found = lines.filter((line) => {
    if (line === "" || line.startsWith("#") || line.startsWith("!")) return false;
    const last = directoryOf(line).split("/").at(-1) ?? "";
    return (OUTPUT.has(last) || /^\*?\.?min\.(js|css)$/.test(last.replace("*.", "."))) && !back.has(directoryOf(line));
  });
  return [...new Set(found)];
}

/** `/assets/build/*` → `assets/build` */
function directoryOf(pattern: string): string {
  return pattern
    .replace(/^\//, "")
    .replace(/\/\*{0,2}$/, "")
    .replace(/^\*\*\//, "");
}

/** Whether the repository needs it: composer installs libraries itself, and a library's build is a report of tests. */
function isWanted({ files, texts }: CommitFacts, pattern: string): boolean {
  if (directoryOf(pattern).split("/").at(-1) === "vendor") {
    return [...texts].some(([path, text]) => path.endsWith(".php") && text.includes("vendor/autoload.php"));
  }
  return files.some(({ path }) => /(^|\/)package\.json$/.test(path));
}

function covers(pattern: string, path: string): boolean {
  const directory = directoryOf(pattern);
  const last = directory.split("/").at(-1) ?? "";
  if (last.includes("*")) return path.endsWith(last.replace(/^\*/, ""));
  return `/${path}`.includes(`/${directory}/`);
}
