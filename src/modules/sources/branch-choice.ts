import { invalidField } from "../../platform/errors.ts";
import type { SourceRow } from "./source-queries.ts";

/**
 * Which branches of a source its vendor offers, beside its tags: none, the default branch and those that are named by
 * a number, all, or those that match a pattern.
 */
export type BranchChoice = (typeof BRANCH_CHOICES)[number] | readonly string[];

export const BRANCH_CHOICES = ["none", "default", "all"] as const;

/** Of a new source whose vendor says nothing. No feature branch is offered that nobody meant to offer. */
export const NEW_SOURCE_BRANCHES: BranchChoice = "default";

/** What git calls the default branch, whichever that is; no branch can have this name. */
export const DEFAULT_BRANCH_PATTERN = "HEAD";

export const BRANCH_PATTERNS_MAX = 100;
export const BRANCH_PATTERN_LENGTH_MAX = 255;

/** Blanks, control characters and what else git allows in no name of a branch; `*` is the pattern's own. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const NEVER_IN_A_BRANCH = /[\u0000-\u0020\u007f~^:?[\\]|\.\.|@\{|^\/|\/$|\/\//;

/** The choice as it is stored; throws `request.invalid`. */
export function readBranches(given: BranchChoice): BranchChoice {
  if (typeof given === "string") return given;
  if (given.length === 0) throw invalidField("/branches", 'is empty: say "none" to take tags only');
  if (given.length > BRANCH_PATTERNS_MAX) {
    throw invalidField("/branches", `has more than ${BRANCH_PATTERNS_MAX} patterns`);
  }
  return [...new Set(given.map((text, index) => readPattern(text.trim(), `/branches/${index}`)))];
}

function readPattern(pattern: string, pointer: string): string {
  if (pattern === "") throw invalidField(pointer, "is empty");
  if (pattern.length > BRANCH_PATTERN_LENGTH_MAX) {
    throw invalidField(pointer, `is longer than ${BRANCH_PATTERN_LENGTH_MAX} characters`);
  }
  if (pattern.startsWith("refs/")) throw invalidField(pointer, "is the whole name of a ref: name the branch alone");
  if (NEVER_IN_A_BRANCH.test(pattern) || !pattern.isWellFormed()) {
    throw invalidField(pointer, "can be the name of no branch; * stands for any characters, such as release/*");
  }
  return pattern;
}

/** The stored choice. A source from before there was one offers all its branches, as it always did. */
export function branchesOf({ branches }: Pick<SourceRow, "branches">): BranchChoice {
  return branches === null ? "all" : (JSON.parse(branches) as BranchChoice);
}

/** In words, for the command line and for sentences: what is taken beside the tags. */
export function branchesInWords(choice: BranchChoice): string {
  if (typeof choice !== "string") return `the branches ${choice.join(", ")}`;
  if (choice === "none") return "no branches";
  return choice === "all" ? "all branches" : "the default branch and branches named by a number";
}
