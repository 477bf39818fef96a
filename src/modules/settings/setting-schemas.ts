import { z } from "zod";
import { parseGrantPattern } from "../../composer/index.ts";
import { helpChangeFields, helpFields } from "./help-addresses.ts";
import { line } from "./text-line.ts";

const vendorName = line(200);
const finishedAt = z.int().min(1_000_000_000).max(99_999_999_999);

const sharingNetworksMax = z.int().min(0).max(250);
const sharingDays = z.int().min(1).max(30);

const reminderDays = z
  .array(z.int().min(1).max(365))
  .max(5)
  .refine((days) => new Set(days).size === days.length, "must name each number of days once");

/** As IANA names it: an offset such as +01:00 would be wrong for half of the year. */
function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
const timeZone = line(100).refine(isTimeZone, "must be the name of a time zone such as Europe/Berlin, or UTC");

const publicPackages = z
  .array(
    line(300).refine(
      (text) => parseGrantPattern(text).ok,
      "must be a package or a prefix, such as acme/shared or acme/*",
    ),
  )
  .max(200);

const words = {
  vendor_name: { description: "Who sells here, as buyers know them", examples: ["Acme Extensions"] },
  setup_finished_at: {
    description:
      "Unix seconds at which the first steps were finished or skipped; null: the dashboard still offers them",
    examples: [1735689600],
  },
  sharing_networks_max: {
    description:
      "A token that is used from more networks than this within `sharing_days` is suspected of being shared: 0 to 250; 0 is never, null is 40. Networks of continuous integration do not count",
    examples: [40],
  },
  sharing_days: {
    description: "Over how many days those networks are counted: 1 to 30; null is 7",
    examples: [7],
  },
  reminder_days: {
    description:
      "How many days before a token expires its customer is reminded by mail, where the token's `notify` is on: up to five numbers from 1 to 365, `[]` for never; null is `[14, 3]`",
    examples: [[14, 3]],
  },
  time_zone: {
    description:
      "The vendor's time zone, by its IANA name: mails to customers say in it when something ends; null is UTC",
    examples: ["Europe/Berlin"],
  },
  public_packages: {
    description:
      "Packages that buyers have from elsewhere, though others of their vendor are hosted here: that no source gives them is no fault. Names and prefixes; null is none",
    examples: [["acme/coding-standard"]],
  },
  second_factor_roles: {
    description:
      "Roles whose users must have a second factor, an authenticator app or a passkey; null is none. Changed by `PUT /api/settings/second-factor-roles`",
    examples: [["owner", "admin"]],
  },
};

export const UpdateSettingsBody = z
  .strictObject({
    vendor_name: vendorName.nullable().optional().meta(words.vendor_name),
    ...helpChangeFields,
    setup_finished_at: finishedAt.nullable().optional().meta(words.setup_finished_at),
    sharing_networks_max: sharingNetworksMax.nullable().optional().meta(words.sharing_networks_max),
    sharing_days: sharingDays.nullable().optional().meta(words.sharing_days),
    reminder_days: reminderDays.nullable().optional().meta(words.reminder_days),
    time_zone: timeZone.nullable().optional().meta(words.time_zone),
    public_packages: publicPackages.nullable().optional().meta(words.public_packages),
  })
  .meta({
    id: "UpdateSettings",
    examples: [{ vendor_name: "Acme Extensions", support_email: "support@acme.example" }],
  });

export const Settings = z
  .object({
    vendor_name: z.string().nullable().meta(words.vendor_name),
    ...helpFields,
    setup_finished_at: z.int().nullable().meta(words.setup_finished_at),
    sharing_networks_max: z.int().nullable().meta(words.sharing_networks_max),
    sharing_days: z.int().nullable().meta(words.sharing_days),
    reminder_days: z.array(z.int()).nullable().meta(words.reminder_days),
    time_zone: z.string().nullable().meta(words.time_zone),
    public_packages: z.array(z.string()).nullable().meta(words.public_packages),
    second_factor_roles: z.array(z.string()).nullable().meta(words.second_factor_roles),
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
    support_email: helpFields.support_email,
    support_url: helpFields.support_url,
    secure_http_needed: z.boolean().meta({
      description: "Plain http: composer takes it only after `composer config secure-http false`, for trials",
    }),
    repository_url: z.string().meta({
      description: "What goes into `composer config repositories.NAME composer URL`",
      examples: ["https://packages.example.com"],
    }),
  })
  .meta({ id: "InstallFacts", description: "What the public page /install shows; no secret, nothing about packages" });
