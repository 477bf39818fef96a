import { withoutOwner } from "../sources/index.ts";
import type { BranchChoice } from "../sources/index.ts";
import { shortName } from "./publication.ts";
import type { Contest } from "./publication.ts";

interface Looked {
  readonly defaultRef: string | undefined;
  readonly choice: BranchChoice;
  /** The branches that the choice leaves out. */
  readonly leftOut: ReadonlySet<string>;
}

/** Why nothing can be imported. */
export function describeEmptiness(
  { defaultRef, choice, leftOut: { size: leftOut } }: Looked,
  { skipped }: Pick<Contest, "skipped">,
): string {
  if (skipped.length === 0) {
    return leftOut === 0
      ? "the repository has no branches and no tags: push something to it"
      : `the repository has no tags, and ${whyLeftOut(choice, leftOut)}: tag a release, or change which branches the source takes`;
  }
  const root = skipped.find((entry) => entry.ref.ref === defaultRef) ?? skipped[0];
  const example =
    root === undefined ? "" : `; for example ${shortName(root.ref.ref)}: ${withoutOwner(root.skipped.skipped)}`;
  const others = leftOut === 0 ? "" : `; besides, ${whyLeftOut(choice, leftOut)}`;
  return `none of its ${skipped.length} branches and tags can be imported${example}${others}`;
}

function whyLeftOut(choice: BranchChoice, leftOut: number): string {
  const its = leftOut === 1 ? "its branch" : `its ${leftOut} branches`;
  if (choice === "none") return `the source takes tags only, not ${its}`;
  const what = typeof choice === "string" ? "the default branch or named by a number" : choice.join(" or ");
  const verb = leftOut === 1 ? "is not" : "are not";
  return `${its} ${verb} ${what}, which is what the source takes`;
}
