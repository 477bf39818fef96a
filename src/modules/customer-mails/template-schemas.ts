import { z } from "zod";
import { storableText } from "../../platform/http/schemas.ts";
import { isMailAddress } from "../../platform/mail/index.ts";
import { MAIL_KINDS } from "./mail-kinds.ts";
import { PARTS } from "./template-files.ts";

const kind = z.enum(MAIL_KINDS).meta({
  description:
    "`ready`: a token was made or got a new secret; `renewed`: it goes on longer; `expiring`: it ends soon; `revoked`: it was ended",
});
const problems = z.array(z.string()).meta({
  description: "In words: why defaults are used in the place of the operator's templates",
});

export const MailSetup = z
  .object({
    can_send: z.boolean().meta({ description: "Whether there is a mail server: SMTP_URL" }),
    from: z
      .string()
      .nullable()
      .meta({ description: "Whom mails are from: MAIL_FROM", examples: ["Acme Extensions <broker@example.com>"] }),
    templates: z.array(
      z.object({
        kind,
        own: z
          .array(z.enum(PARTS))
          .meta({ description: "Which parts come from MAIL_TEMPLATES_DIR; the others are as shipped" }),
        problems,
      }),
    ),
    problems: problems.meta({ description: "What is wrong with MAIL_TEMPLATES_DIR itself" }),
  })
  .meta({ id: "MailSetup", description: "Whether and how customers are mailed" });

export const MailPreview = z
  .object({ kind, subject: z.string(), text: z.string(), html: z.string(), problems })
  .meta({ id: "MailPreview", description: "A mail with made-up values; nobody's secret is in it" });

export const KindParams = z.strictObject({ kind });

export const TestMailBody = z
  .strictObject({
    to: storableText()
      .trim()
      .refine(isMailAddress, "must be a mail address such as jane@example.com")
      .meta({ description: "Where the mail goes", examples: ["jane@example.com"] }),
  })
  .meta({ id: "TestMail", examples: [{ to: "jane@example.com" }] });

export const TestMailResult = z
  .object({
    delivered: z.boolean().meta({ description: "Whether the mail server took it" }),
    answer: z.string().meta({
      description: "What came of it, in words",
      examples: ["The mail server took it."],
    }),
  })
  .meta({ id: "TestMailResult", description: "What the mail server said" });
