import { z } from "zod";
import { pageCursor, pageLimit } from "../../platform/http/paging.ts";
import { HintSchema } from "../source-hints/index.ts";
import { shopParameter } from "../callers/index.ts";
import { parsePackageName } from "../../composer/index.ts";
import { queryChoice, queryText, storableText } from "../../platform/http/schemas.ts";
import { helpChangeFields, helpFields } from "../settings/index.ts";

const UnixSeconds = z.int().meta({ description: "Unix time in seconds", examples: [1735689600] });

/** 5138-11-16: whatever is later is a unit mistake. */
const LATEST = 99_999_999_999;

export const PackageListQuery = z.strictObject({
  q: queryText(200)
    .optional()
    .meta({ description: "Part of the name or the description, in any case", examples: ["checkout"] }),
  vendor: queryText(100)
    .regex(/^[A-Za-z0-9_.-]+$/, "must be a vendor's name, such as acme")
    .optional()
    .meta({ description: "Of this vendor only", examples: ["acme"] }),
  limit: pageLimit(),
  cursor: pageCursor(),
});

export const PackageQuery = z.strictObject({
  withdrawn: queryChoice(["include"])
    .optional()
    .meta({ description: "`include`: versions too that are not offered any more" }),
});

const summary = {
  name: z.string().meta({ examples: ["acme/checkout"] }),
  description: z.string().nullable(),
  type: z
    .string()
    .nullable()
    .meta({ examples: ["library"] }),
  abandoned: z.string().nullable().meta({ description: 'What to take instead, or ""; null: it is kept' }),
  abandoned_by_vendor: z.union([z.boolean(), z.string()]).nullable().meta({
    description: "What was said here instead of its repository, see `PATCH`; null: what its repository says counts",
  }),
  successor: z
    .string()
    .nullable()
    .meta({
      description: "The name it goes by now: whatever opens this package opens that one too; null: none",
      examples: ["acme/checkout-pro"],
    }),
  source: z.string().nullable().meta({ description: "The `id` of the source that owns the name" }),
};
const ends = {
  latest_version: z
    .string()
    .nullable()
    .meta({ description: "The newest stable one, else the newest; null: no version", examples: ["v1.2.0"] }),
  latest_released_at: UnixSeconds.nullable().meta({ description: "The newest release date; null: no version" }),
  updated_at: UnixSeconds,
};

export const Package = z
  .object({ ...summary, versions: z.int().meta({ description: "How many are offered" }), ...ends })
  .meta({ id: "Package", description: "A hosted package" });

const versionFields = {
  version: z.string().meta({ examples: ["v1.2.0"] }),
  version_normalized: z.string().meta({ examples: ["1.2.0.0"] }),
  stability: z.string().meta({ examples: ["stable"] }),
  reference: z.string().meta({ description: "The commit" }),
  released_at: UnixSeconds.meta({ description: "Decides what `updates_until` lets through" }),
  time: UnixSeconds.meta({ description: "The commit's time" }),
  shasum: z.string().meta({ description: 'sha1 of the archive where it existed at publication, "" otherwise' }),
  size_bytes: z.int().nullable().meta({ description: "Of the archive; null: nobody asked for it yet" }),
  withdrawn: z.boolean().meta({ description: "Not offered any more; lock files that name it go on working" }),
  downloads: z.int().meta({ description: "Of all archives that had this version number" }),
};

export const PackageDetail = z
  .object({
    ...summary,
    ...ends,
    ...helpFields,
    downloads: z.int().meta({ description: "Of all versions, ever" }),
    readme: z
      .object({
        filename: z.string().meta({ examples: ["README.md"] }),
        version: z.string().meta({ description: "It is from", examples: ["v1.2.0"] }),
        content: z.string(),
      })
      .nullable()
      .meta({
        description:
          "Of the newest stable version, else the newest, as it is in the repository; make it harmless before you show it as HTML",
      }),
    versions: z.array(z.object(versionFields)).meta({ description: "Newest first" }),
    hints: z.array(HintSchema).meta({ description: "What the last sync of its source remarked; no failures" }),
  })
  .meta({ id: "PackageDetail", description: "A hosted package and its versions" });

export const PackageAccessQuery = z.strictObject({ shop: shopParameter, limit: pageLimit(), cursor: pageCursor() });

export const PackageAccessList = z
  .object({
    tokens: z.int().nullable().meta({
      description:
        "How many there are; on the first page only. Where thousands of grants cover the package, up to 10 seconds old",
    }),
    customers: z.int().nullable().meta({ description: "Whose tokens these are; on the first page only" }),
    access: z.array(
      z.object({
        token_id: z.string().meta({ examples: ["token_abc123"] }),
        description: z.string(),
        shop: z.string(),
        customer_id: z.string().nullable(),
        customer_email: z.string().nullable(),
        pattern: z.string().meta({ description: "Of the widest of its grants that cover the package" }),
        versions: z.string().meta({
          description: "`all`, or what the grant lets through",
          examples: ["all", "^1.0, beta or more stable"],
        }),
        updates_until: UnixSeconds.nullable().meta({ description: "Only versions released until then; null: all" }),
        expires_at: UnixSeconds.nullable().meta({ description: "When the token or the grant ends; null: never" }),
        last_used_at: UnixSeconds.nullable(),
      }),
    ),
  })
  .meta({ id: "PackageAccess", description: "Active tokens that may read the package now, newest first" });

const packageName = (what: string) =>
  storableText()
    .trim()
    .transform((text, context) => {
      const name = parsePackageName(text);
      if (name.ok) return name.value;
      context.addIssue({ code: "custom", message: `must be ${what}, such as acme/checkout` });
      return z.NEVER;
    });

export const UpdatePackageBody = z
  .strictObject({
    abandoned: z
      .union([z.boolean(), packageName("true, false, null or the name of the package to use instead")])
      .nullable()
      .optional()
      .meta({
        description:
          "true, or the name of the package to use instead: composer says so of every version. false: it is kept, whatever its repository says. null: as its default branch says",
        examples: ["acme/checkout-pro"],
      }),
    successor: packageName("the name of a hosted package")
      .nullable()
      .optional()
      .meta({
        description:
          "The hosted package it was renamed to. From then on everything that opens this name opens that one too, what is sold later under this name as well; null takes that back",
        examples: ["acme/checkout-pro"],
      }),
    ...helpChangeFields,
  })
  .meta({ id: "UpdatePackage", examples: [{ successor: "acme/checkout-pro" }] });

const Links = z.record(z.string(), z.string());

export const Version = z
  .object({
    package: z.string().meta({ examples: ["acme/checkout"] }),
    ...versionFields,
    source: z.string().meta({ description: "The `id` of the source it came from" }),
    source_ref: z.string().meta({ examples: ["refs/tags/v1.2.0"] }),
    requirements: z.object({
      ...{ require: Links, "require-dev": Links, conflict: Links, replace: Links, provide: Links, suggest: Links },
    }),
  })
  .meta({ id: "Version", description: "One version of a package, and what it requires" });

export const UpdateVersionBody = z
  .strictObject({
    released_at: z
      .number()
      .superRefine((value, context) => {
        const message = dateProblem(value);
        if (message !== undefined) context.addIssue({ code: "custom", message });
      })
      .meta({ type: "integer", description: "Unix seconds, not in the future", examples: [1735689600] }),
  })
  .meta({ id: "UpdateVersion", examples: [{ released_at: 1735689600 }] });

function dateProblem(value: number): string | undefined {
  if (value > LATEST) return "looks like milliseconds; send Unix seconds (divide by 1000)";
  return Number.isInteger(value) && value >= 0 ? undefined : "must be a whole number of Unix seconds";
}
