import { plural } from "../../ui/words.ts";
import type { ProbeAnswer, Source } from "./source-api.ts";

export type BranchChoice = Source["branches"];

type Outlook = Extract<ProbeAnswer, { reachable: true }>["choices"][number];

const NAMED_MAX = 3;

/** In words, which branches a source takes. */
export function branchesInWords(choice: BranchChoice): string {
  if (typeof choice !== "string") return choice.join(", ");
  if (choice === "none") return "None: tags only";
  return choice === "all" ? "All" : "The default branch, and branches named by a number";
}

export function isSameChoice(one: BranchChoice, other: BranchChoice): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What a choice comes to in a repository: "12 tags, 1 of 136 branches: dev-main". */
export function outlookInWords(
  { versions_estimate: found, branch_versions: names }: Outlook,
  branches: number,
): string {
  const tags = plural(found.tags, "tag");
  if (found.branches === 0) return `${tags}, none of ${plural(branches, "branch", "branches")}`;
  const shown = names.slice(0, NAMED_MAX);
  const rest = found.branches - shown.length;
  const more = rest === 0 ? "" : ` and ${rest.toLocaleString()} more`;
  const many = found.branches === branches && branches > 1 ? "all " : `${found.branches.toLocaleString()} of `;
  return `${tags}, ${many}${plural(branches, "branch", "branches")}: ${shown.join(", ")}${more}`;
}
