import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

export const RequestSyncBody = z.strictObject({}).meta({ id: "RequestSync", examples: [{}] });

export const RunListQuery = z.strictObject({ limit: pageLimit(), cursor: pageCursor() });

export const SyncRun = z
  .object({
    id: z.string().meta({ examples: ["run_abc123"] }),
    started_at: UnixSeconds,
    finished_at: UnixSeconds.nullable().meta({ description: "null: under way" }),
    outcome: z.enum(["succeeded", "failed"]).nullable(),
    detail: z.string().nullable().meta({ description: "In words: what is wrong and what to do" }),
    refs_total: z.int(),
    refs_read: z.int().meta({ description: "Branches and tags that had moved" }),
    refs_skipped: z.int(),
    versions_published: z.int(),
    versions_withdrawn: z.int(),
  })
  .meta({ id: "SyncRun", description: "One sync of a source" });

export const SourceProgress = z
  .object({
    state: z.enum(["pending", "syncing", "active", "failing"]),
    state_detail: z.string().nullable().meta({ description: "In words: what is wrong and what to do" }),
    phase: z
      .enum(["preparing", "fetching", "reading", "publishing"])
      .nullable()
      .meta({ description: "Of the sync that runs; null: none does" }),
    refs_total: z.int().meta({ description: "Branches and tags that moved, while it runs; all of them afterwards" }),
    refs_read: z.int(),
    versions_published: z.int().meta({ description: "Known when it has ended, as the next two" }),
    versions_withdrawn: z.int(),
    refs_skipped: z.int(),
    run_id: z
      .string()
      .nullable()
      .meta({ description: "The newest sync; null: there was none", examples: ["run_abc123"] }),
    started_at: UnixSeconds.nullable(),
    finished_at: UnixSeconds.nullable(),
    outcome: z.enum(["succeeded", "failed"]).nullable(),
  })
  .meta({ id: "SourceProgress", description: "The `data` of each event" });
