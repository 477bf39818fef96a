import { hintsOf } from "../source-hints/index.ts";
import type { Hint } from "../source-hints/index.ts";
import type { SourceState } from "../../schema.ts";
import { branchesOf } from "./branch-choice.ts";
import type { BranchChoice } from "./branch-choice.ts";
import { withoutForeignNames } from "./ownership.ts";
import type { SourceCounts, SourceRow } from "./source-queries.ts";

/** A source as people see it. An explicit list: the sealed password is not in it, nor will a new column be. */
export interface Source {
  readonly id: string;
  readonly type: "git";
  readonly url: string;
  readonly name: string;
  readonly filters: readonly string[];
  /** Offered beside the tags. */
  readonly branches: BranchChoice;
  readonly username: string | null;
  readonly has_password: boolean;
  readonly state: SourceState;
  /** In words: what is wrong and what to do. */
  readonly state_detail: string | null;
  readonly created_at: number;
  readonly synced_at: number | null;
  readonly next_sync_at: number;
  readonly packages: number;
  readonly versions: number;
  /** Branches and tags that were not imported. */
  readonly skipped_refs: number;
  /** Whether their files are in the archives. */
  readonly submodules: SubmodulesSetting;
  /** Of the default branch, or else of the newest tag. */
  readonly submodule_paths: string[];
  /** Branches that `branches` leaves out. */
  readonly left_out_branches: number;
  /** Of the skipped refs, tags that appeared since the first sync and look like releases, until that is settled. */
  readonly skipped_releases: number;
  /** No failures; what its vendor wants to know before a customer finds it. */
  readonly hints: Hint[];
}

export type SubmodulesSetting = "leave_out" | "include";

export function presentSource(
  row: SourceRow,
  counts: SourceCounts | undefined,
  bound: readonly string[] | null = null,
): Source {
  return {
    id: row.id,
    type: row.type,
    url: row.url,
    name: row.name,
    filters: filtersOf(row),
    branches: branchesOf(row),
    username: row.username,
    has_password: row.sealed_password !== null,
    state: row.state,
    state_detail:
      bound === null || row.state_detail === null ? row.state_detail : withoutForeignNames(row.state_detail),
    created_at: row.created_at,
    synced_at: row.synced_at,
    next_sync_at: row.next_sync_at,
    packages: counts?.packages ?? 0,
    versions: counts?.versions ?? 0,
    skipped_refs: counts?.skipped ?? 0,
    submodules: row.submodules ?? "leave_out",
    submodule_paths: submodulePathsOf(row),
    left_out_branches: row.left_out_branches,
    skipped_releases: counts?.skippedReleases ?? 0,
    hints: hintsOf(row, bound),
  };
}

export function submodulePathsOf(row: Pick<SourceRow, "submodule_paths">): string[] {
  return row.submodule_paths === null ? [] : (JSON.parse(row.submodule_paths) as string[]);
}

/** The same, with lists that may be changed: what an answer's type wants. */
export function toSourceAnswer<S extends Pick<Source, "filters" | "branches">>(source: S) {
  const { filters, branches } = source;
  return { ...source, filters: [...filters], branches: typeof branches === "string" ? branches : [...branches] };
}

/** The stored filters, which were checked when they were stored. */
export function filtersOf(row: Pick<SourceRow, "filters">): string[] {
  return JSON.parse(row.filters) as string[];
}
