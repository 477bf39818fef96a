import type { Generated } from "kysely";

/** The tables of sources and of what is read from them; src/schema.ts has the others, and what holds for all of them. */

export type SourceState = "pending" | "syncing" | "active" | "failing";

export interface SourceTable {
  id: string;
  type: "git";
  url: string;
  name: string;
  /** JSON array of grant patterns; an empty one takes every package. */
  filters: string;
  /** JSON: which branches are offered beside the tags; null offers all, as before there was a choice. */
  branches: Generated<string | null>;
  /** Of the repository as it was at the last sync: branches that `branches` leaves out. */
  left_out_branches: Generated<number>;
  username: string | null;
  sealed_password: string | null;
  state: SourceState;
  /** In words: what is wrong and what to do. */
  state_detail: string | null;
  created_at: number;
  /** When a sync last ended well. */
  synced_at: number | null;
  next_sync_at: number;
  /** Who syncs it now (`host:pid:nonce`), until when without another sign of life. */
  claimed_by: string | null;
  claimed_until: number | null;
  /** Changes when every ref must be read again: another filter, another default branch, another reader. */
  reading_key: string | null;
  /** JSON array of what the last sync remarked. */
  hints: string | null;
  removed_at: number | null;
  /** Whether submodules are delivered; null: they are left out. */
  submodules: Generated<"include" | null>;
  /** JSON array of the paths of submodules on the default branch, or else in the newest tag; null: there are none. */
  submodule_paths: Generated<string | null>;
}

/** What became of each ref at the last sync; a ref whose object has not moved is not read again. */
export interface SourceRefTable {
  source: string;
  ref: string;
  /** The ref's own object: of an annotated tag the tag object. */
  object_id: string;
  commit_id: string;
  /** `versions.id` when it was taken. */
  version: string | null;
  /** Why it was skipped, in words. */
  skipped_reason: string | null;
  /** What was skipped, when known: package name and version. A default branch that is left out has none of the three. */
  label: string | null;
  /** The source whose name it is, of a ref that was skipped for that. */
  owned_by: string | null;
  seen_at: number;
}

export type SyncPhase = "preparing" | "fetching" | "reading" | "publishing";

export interface SyncRunTable {
  id: string;
  source: string;
  started_at: number;
  finished_at: number | null;
  outcome: "succeeded" | "failed" | null;
  detail: string | null;
  refs_total: number;
  refs_read: number;
  versions_published: number;
  versions_withdrawn: number;
  refs_skipped: number;
  /** What it is doing; null when it has ended. */
  phase: SyncPhase | null;
}

export interface PackageTable {
  id: string;
  name: string;
  /** The source that owns the name; a second source with the same name is refused. */
  source: string | null;
  /** Grows with every change of what p2 shows. */
  revision: number;
  description: string | null;
  type: string | null;
  /** As its repository says: the package to use instead, or "true". */
  abandoned: string | null;
  /** What the vendor says instead: a package, "true", or "" for one that is kept; null: nothing. */
  abandoned_by_vendor: Generated<string | null>;
  /** The name it goes by now: whoever may read this one may read that one too. */
  successor: Generated<string | null>;
  /** Names aside what `composer search` looks in: the keywords and descriptions of all its versions, a line each. */
  search_words: Generated<string | null>;
  /** JSON of where its buyers get help; null: where those of the shop do. */
  help: Generated<string | null>;
  created_at: number;
  updated_at: number;
}

/** One published state of a version: a moved tag or branch makes a new row, and the old one is withdrawn but answered. */
export interface VersionTable {
  id: string;
  package: string;
  version: string;
  version_normalized: string;
  stability: string;
  is_dev: number;
  /** 40 hex characters: the commit. */
  reference: string;
  /** JSON of the p2 entry without dist, time and published-time. */
  metadata: string;
  /** Its keywords and its description; null where it was read by an earlier release. */
  search_words: Generated<string | null>;
  /** The commit's time. */
  time: number;
  /** Decides `updates_until`; never moves by itself. */
  released_at: number;
  /** sha1 of the archive where it existed at publication, "" otherwise; never changes. */
  shasum: string;
  source: string;
  source_ref: string;
  published_at: number;
  withdrawn_at: number | null;
}

/** A stored archive. Made once, never again. */
export interface ArchiveTable {
  package: string;
  reference: string;
  sha1: string;
  size_bytes: number;
  blob_key: string;
  created_at: number;
  /** Who wrote it and how, by which a lost one is made again. */
  form: Generated<ArchiveForm>;
  /** Those that `export-subst` may have put into files: JSON; null where no file asks for it. */
  tags: string | null;
  /** 1: with its submodules; null: without, or there are none. */
  submodules: Generated<number | null>;
}

/** `git-flat`: the zip that `git archive` writes. `folder`: our own, with everything below one folder. */
export type ArchiveForm = "git-flat" | "folder";

/** The readme of the newest version, as it is in the repository; untrusted. */
export interface PackageReadmeTable {
  package: string;
  version: string;
  /** The commit it was read from. */
  reference: string;
  /** "" where that version has no readme, so that nobody looks again. */
  filename: string;
  content: string;
  updated_at: number;
}
