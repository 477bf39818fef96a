import { versionOfBranch } from "../../composer/index.ts";
import type { RemoteRef } from "../../platform/git/index.ts";
import { DEFAULT_BRANCH_PATTERN } from "../sources/index.ts";
import type { BranchChoice } from "../sources/index.ts";
import { isTag } from "./ref-reading.ts";

/** The refs of a repository, by what its source takes. */
export interface ChosenRefs {
  /** All tags, and the branches that the vendor offers. */
  readonly taken: readonly RemoteRef[];
  /** The default branch where it is left out: it is read all the same, because it names the package. */
  readonly unofferedRoot: RemoteRef | undefined;
  /** The branches that are left out, by their whole names. */
  readonly leftOut: ReadonlySet<string>;
}

/** Tags are releases and always taken; branches as the source's vendor chose. */
export function chooseRefs(
  choice: BranchChoice,
  refs: readonly RemoteRef[],
  defaultRef: string | undefined,
): ChosenRefs {
  const takes = takesBranch(choice, defaultRef);
  const leftOut = new Set(refs.flatMap(({ ref }) => (isTag(ref) || takes(ref) ? [] : [ref])));
  return {
    taken: refs.filter(({ ref }) => !leftOut.has(ref)),
    unofferedRoot: refs.find(({ ref }) => ref === defaultRef && leftOut.has(ref)),
    leftOut,
  };
}

/** Whether a branch, by its whole name (`refs/heads/…`), is one that the vendor offers. */
function takesBranch(choice: BranchChoice, defaultRef: string | undefined): (ref: string) => boolean {
  if (choice === "all") return () => true;
  if (choice === "none") return () => false;
  if (choice === "default") return (ref) => ref === defaultRef || isNumbered(nameOf(ref));
  const takesDefault = choice.includes(DEFAULT_BRANCH_PATTERN);
  return (ref) => (takesDefault && ref === defaultRef) || choice.some((pattern) => matches(pattern, nameOf(ref)));
}

/** A maintenance branch, which Composer makes a numbered version of: `2.x` is `2.x-dev`, not `dev-2.x`. */
function isNumbered(name: string): boolean {
  const id = versionOfBranch(name, { isDefault: false });
  return !("skipped" in id) && !id.version.startsWith("dev-");
}

/**
 * `*` stands for any characters, slashes too; everything else for itself, in this case. Not by a regular expression:
 * with many `*` in it that would look at a name for minutes.
 */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

function nameOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}
