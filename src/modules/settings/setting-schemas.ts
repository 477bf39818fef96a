import { z } from "zod";
import { isMailAddress } from "../../platform/mail/index.ts";
import { storableText } from "../../platform/http/schemas.ts";

const line = (lengthMax: number) =>
  storableText()
    .trim()
    .min(1, "must not be empty; null clears it")
    .max(lengthMax)
    .refine((text) => !/\p{Cc}/u.test(text), "must not contain control characters");

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "";
}

const vendorName = line(200);
const supportEmail = line(254).refine(isMailAddress, "must be a mail address such as support@example.com");
const supportUrl = line(2000).refine(isWebAddress, "must be an http or https URL such as https://example.com/support");
const finishedAt = z.int().min(1_000_000_000).max(99_999_999_999);

const words = {
  vendor_name: { description: "Who sells here, as buyers know them", examples: ["Acme Extensions"] },
  support_email: {
    description: "Where buyers write to; on the public page /install",
    examples: ["support@acme.example"],
  },
  support_url: {
    description: "Where buyers find help; on the public page /install",
    examples: ["https://acme.example/help"],
  },
  setup_finished_at: {
    description:
      "Unix seconds at which the first steps were finished or skipped; null: the dashboard still offers them",
    examples: [1735689600],
  },
};

export const UpdateSettingsBody = z
  .strictObject({
    vendor_name: vendorName.nullable().optional().meta(words.vendor_name),
    support_email: supportEmail.nullable().optional().meta(words.support_email),
    support_url: supportUrl.nullable().optional().meta(words.support_url),
    setup_finished_at: finishedAt.nullable().optional().meta(words.setup_finished_at),
  })
  .meta({
    id: "UpdateSettings",
    examples: [{ vendor_name: "Acme Extensions", support_email: "support@acme.example" }],
  });

export const Settings = z
  .object({
    vendor_name: z.string().nullable().meta(words.vendor_name),
    support_email: z.string().nullable().meta(words.support_email),
    support_url: z.string().nullable().meta(words.support_url),
    setup_finished_at: z.int().nullable().meta(words.setup_finished_at),
  })
  .meta({ id: "Settings", description: "What is set; null where it is not" });

export const InstallFacts = z
  .object({
    public_url: z.string().meta({ description: "Where this server is", examples: ["https://packages.example.com"] }),
    host: z.string().meta({
      description: "What goes into `composer config http-basic.HOST token TOKEN`; with the port where there is one",
      examples: ["packages.example.com"],
    }),
    port_in_host: z.boolean().meta({ description: "Whether `host` ends in a port" }),
    vendor_name: z.string().nullable().meta(words.vendor_name),
    support_email: z.string().nullable().meta(words.support_email),
    support_url: z.string().nullable().meta(words.support_url),
    secure_http_needed: z.boolean().meta({
      description: "Plain http: composer takes it only after `composer config secure-http false`, for trials",
    }),
    repository_url: z.string().meta({
      description: "What goes into `composer config repositories.NAME composer URL`",
      examples: ["https://packages.example.com"],
    }),
  })
  .meta({ id: "InstallFacts", description: "What the public page /install shows; no secret, nothing about packages" });
