import type { GitRemote } from "../../../platform/git/index.ts";
import type { LfsHost, LfsObject } from "../../../platform/git/lfs/index.ts";

/** Why a version cannot be packed; the end of a sentence about its tag or branch. */
export interface Obstacle {
  readonly reason: string;
  /** Nobody has to do anything: the next sync may go well. */
  readonly isPassing: boolean;
}

/** One repository's files in an archive: the version's own commit, or a submodule's. */
export interface Part {
  readonly commit: string;
  /** "" for the version itself. */
  readonly path: string;
  readonly remote: GitRemote;
}

export interface WantedObject {
  readonly path: string;
  readonly object: LfsObject;
  readonly host: LfsHost;
}

/** What is found out of a version, step by step. */
export interface VersionContents {
  readonly commit: string;
  obstacle: Obstacle | undefined;
  files: number;
  sizeBytes: number;
  readonly wanted: WantedObject[];
  /** The version's own ones, not those of its submodules. */
  readonly submodulePaths: string[];
  /** The commits of its submodules, of all depths. */
  readonly submoduleCommits: string[];
  /** To be looked at in the next round. */
  parts: Part[];
}

export function emptyContents(commit: string, remote: GitRemote): VersionContents {
  return {
    commit,
    obstacle: undefined,
    files: 0,
    sizeBytes: 0,
    wanted: [],
    submodulePaths: [],
    submoduleCommits: [],
    parts: [{ commit, path: "", remote }],
  };
}

/** The first obstacle counts: it is what is to be removed first. */
export function obstruct(version: VersionContents, reason: string, isPassing = false): void {
  version.obstacle ??= { reason, isPassing };
}

/** What is true of a ref that has not moved may not be true at the next sync: such a ref is read again. */
export const LFS_REASON = "Git LFS: ";
export const SUBMODULE_REASON = "its submodule ";
export const SIZE_REASON = "its archive would be too large: ";

export function mayChange(reason: string): boolean {
  return [LFS_REASON, SUBMODULE_REASON, SIZE_REASON].some((start) => reason.startsWith(start));
}
