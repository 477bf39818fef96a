import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";
import { BRANCH_CHOICES, BRANCH_PATTERNS_MAX, BRANCH_PATTERN_LENGTH_MAX } from "./branch-choice.ts";
import { HintSchema } from "../source-hints/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

const NewName = storableText()
  .max(255)
  .meta({ description: "What people see; default: from the URL", examples: ["core"] });
const NewFilters = z
  .array(storableText().max(300))
  .max(100)
  .meta({
    description:
      "Packages to take: `acme/` or `acme/*` is a whole vendor, `acme/checkout` one package; `[]` takes every package. Left out or null: whatever the management token may manage.",
    examples: [["acme/"]],
  });
const NewBranches = z
  .union([z.enum(BRANCH_CHOICES), z.array(storableText().max(BRANCH_PATTERN_LENGTH_MAX)).max(BRANCH_PATTERNS_MAX)], {
    error: 'must be "none", "default", "all" or a list of patterns',
  })
  .meta({
    description:
      'Branches to take beside the tags, which are always taken: `none`; `default`, the default branch and branches named by a number (`2.x`, `3.1`); `all`; or patterns, where `*` stands for any characters, `/` too, and `HEAD` for the default branch, such as `["HEAD", "release/*"]`. A branch that is left out is no version for anybody. Null: `default`, as for a new source that says nothing',
    examples: ["default"],
  });
export const Branches = z.union([z.enum(BRANCH_CHOICES), z.array(z.string())]).meta({
  description: "Branches it takes beside the tags: `none`, `default`, `all` or patterns",
  examples: ["default"],
});
const NewUsername = storableText()
  .max(255)
  .meta({ description: "For HTTP authentication", examples: ["ci"] });
const NewPassword = storableText()
  .max(10_000)
  .meta({ description: "Password or access token. Kept encrypted, never shown." });

const Submodules = z.enum(["leave_out", "include"]);
const NewSubmodules = Submodules.meta({
  description:
    "Whether archives have the files of git submodules in them, at the commits that the version names. They are fetched as the source is; its password goes to its own host only. Default: `leave_out`, empty directories.",
});

export const CreateSourceBody = z
  .strictObject({
    type: z.literal("git").nullish().meta({ description: "The default and the only value today" }),
    url: storableText()
      .max(2_000)
      .meta({
        description: "`https://`, `http://`, `ssh://` or `git@host:path`",
        examples: ["https://git.example.com/acme/core.git"],
      }),
    name: NewName.nullish(),
    filters: NewFilters.nullish(),
    branches: NewBranches.nullish(),
    username: NewUsername.nullish(),
    password: NewPassword.nullish(),
    submodules: NewSubmodules.nullish(),
  })
  .meta({ id: "CreateSource", examples: [{ url: "https://git.example.com/acme/core.git", filters: ["acme/"] }] });
export type CreateSourceBody = z.infer<typeof CreateSourceBody>;

export const UpdateSourceBody = z
  .strictObject({
    url: CreateSourceBody.shape.url.optional().meta({
      description:
        "Where the same repository is now. It is tested first: every published commit must be there. For another scheme, host or port the `password` is given anew, or null",
    }),
    name: NewName.optional(),
    filters: NewFilters.nullable().optional(),
    branches: NewBranches.nullable().optional(),
    username: NewUsername.nullable().optional(),
    password: NewPassword.nullable().optional(),
    submodules: NewSubmodules.optional(),
  })
  .meta({ id: "UpdateSource", examples: [{ name: "core" }] });

export const Source = z
  .object({
    id: z.string().meta({ examples: ["src_abc123"] }),
    type: z.literal("git"),
    url: z.string(),
    name: z.string(),
    filters: z.array(z.string()).meta({ description: "Packages it takes; empty: every package" }),
    branches: Branches,
    username: z.string().nullable(),
    has_password: z.boolean(),
    state: z.enum(["pending", "syncing", "active", "failing"]),
    state_detail: z.string().nullable().meta({ description: "In words: what is wrong and what to do" }),
    created_at: UnixSeconds,
    synced_at: UnixSeconds.nullable().meta({ description: "When a sync last ended well; null: never" }),
    next_sync_at: UnixSeconds,
    packages: z.int(),
    versions: z.int(),
    skipped_refs: z.int().meta({ description: "Branches and tags that were not imported" }),
    submodules: Submodules.meta({ description: "Whether archives have the files of git submodules in them" }),
    submodule_paths: z
      .array(z.string())
      .meta({ description: "Of the default branch, or else of the newest tag; empty: there are none" }),
    left_out_branches: z.int().meta({ description: "Branches that `branches` leaves out, at the last sync" }),
    skipped_releases: z.int().meta({
      description:
        "Of the skipped refs, tags that appeared since the first sync and look like releases; until they are published, replaced or dismissed",
    }),
    hints: z.array(HintSchema).meta({ description: "What the last sync remarked; no failures" }),
  })
  .meta({ id: "Source", description: "A repository that packages come from" });

const LastRun = z
  .object({
    id: z.string().meta({ examples: ["run_abc123"] }),
    started_at: UnixSeconds,
    finished_at: UnixSeconds.nullable().meta({ description: "null: under way" }),
    outcome: z.enum(["succeeded", "failed"]).nullable(),
    detail: z.string().nullable().meta({ description: "In words: what is wrong and what to do" }),
    refs_total: z.int(),
    refs_read: z.int(),
    refs_skipped: z.int(),
    versions_published: z.int(),
    versions_withdrawn: z.int(),
  })
  .nullable();

export const SourceDetail = z
  .object({
    ...Source.shape,
    package_names: z.array(z.string()).meta({ description: "Packages it offers, by name" }),
    last_run: LastRun.meta({ description: "Its newest sync; null: there was none" }),
    skipped: z.array(
      z.object({
        ref: z.string().meta({ examples: ["refs/tags/1.0"] }),
        reason: z.string(),
        label: z.string().nullable().meta({ description: "Package and version, where they are known" }),
        what_to_do: z
          .string()
          .nullable()
          .meta({ description: "Of a tag, that it becomes a version; null where the reason says it" }),
      }),
    ),
  })
  .meta({ id: "SourceDetail", description: "A source, and every branch and tag that was skipped" });

export const RemovedSource = z
  .object({
    message: z.literal("Source removed"),
    versions_withdrawn: z.int().meta({ description: "How many versions are not offered any more" }),
  })
  .meta({ id: "RemovedSource", description: "The source is removed" });

export const RemovalImpact = z
  .object({
    packages: z
      .array(
        z.object({
          name: z.string().meta({ examples: ["acme/checkout"] }),
          versions: z.int().meta({ description: "That are offered now" }),
          replaced_by_source: z.string().nullable().meta({
            description: "The `id` of a source that has this package too, and publishes it once the name is free",
          }),
        }),
      )
      .meta({ description: "By name" }),
    versions: z.int().meta({ description: "How many will not be offered any more" }),
    tokens: z.int().meta({ description: "Active tokens that may read one of the packages now" }),
    customers: z.int().meta({ description: "Whose tokens these are; guest orders have none" }),
    downloads_30_days: z.int().meta({ description: "Of the packages" }),
  })
  .meta({ id: "SourceRemoval", description: "What vanishes, and for how many" });
