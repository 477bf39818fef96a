import { AppError } from "../../platform/errors.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { secondsInWords } from "../../platform/rate-limiter.ts";
import type { RateLimiter } from "../../platform/rate-limiter.ts";
import type { Database, MailKind } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import { readSettings } from "../settings/index.ts";
import type { MailTemplates, RenderedMail, TemplateState } from "./mail-templates.ts";
import { sampleValues } from "./sample-values.ts";

const TESTS_A_MINUTE = 10;

export interface TemplatePreviewDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
  templates: MailTemplates;
  mail: Pick<Mail, "canSend" | "from" | "handOver">;
  publicUrl: string;
  /** Of test mails. */
  testLimiter: Pick<RateLimiter, "take">;
}

export interface MailSetup {
  can_send: boolean;
  from: string | null;
  templates: TemplateState[];
  problems: string[];
}

/** Whether customers are mailed, and what is wrong with the templates. */
export async function readMailSetup(deps: Pick<TemplatePreviewDeps, "templates" | "mail">): Promise<MailSetup> {
  await deps.templates.load();
  const { canSend, from } = deps.mail;
  const sender = from === undefined ? null : from.name === "" ? from.address : `${from.name} <${from.address}>`;
  return { can_send: canSend, from: sender, ...deps.templates.describe() };
}

/** A mail with made-up values, as it would be sent now. */
export async function previewMail(
  deps: Omit<TemplatePreviewDeps, "testLimiter">,
  caller: Principal,
  kind: MailKind,
): Promise<RenderedMail & { kind: MailKind; problems: string[] }> {
  refuseBounded(caller);
  await deps.templates.load();
  const settings = await readSettings(deps.database.db);
  const rendered = deps.templates.render(kind, sampleValues(kind, { ...settings, publicUrl: deps.publicUrl }));
  return { kind, ...rendered, problems: deps.templates.problemsOf(kind) };
}

/**
 * Hands that mail to the mail server and waits for its answer. Throws `request.too_many` past ten a minute: nobody
 * sends spam through it.
 */
export async function testMail(
  deps: TemplatePreviewDeps,
  caller: Principal,
  kind: MailKind,
  { to }: { to: string },
): Promise<{ delivered: boolean; answer: string }> {
  refuseBounded(caller);
  const { allowed, retryAfterSeconds } = deps.testLimiter.take("test mails", TESTS_A_MINUTE);
  if (!allowed) {
    const problem = `More than ${TESTS_A_MINUTE} test mails a minute are not sent; the next one is free in ${secondsInWords(retryAfterSeconds)}.`;
    throw new AppError("request.too_many", problem, { retryAfterSeconds });
  }
  const { subject, text, html } = await previewMail(deps, caller, kind);
  const outcome = await deps.mail.handOver({ to, subject, text, html });
  await deps.database.transaction((trx) =>
    recordAuditEvent(deps, trx, caller.actor, {
      action: "mail.tested",
      target: { kind: "setting", id: "mail" },
      details: { after: { kind, delivered: outcome.taken } },
      personal: { to },
    }),
  );
  return { delivered: outcome.taken, answer: outcome.taken ? "The mail server took it." : outcome.words };
}

/** Templates are the whole server's: for whoever is kept to some packages they do not exist. */
function refuseBounded(caller: Principal): void {
  if (caller.packageBound !== null) throw new AppError("resource.not_found", "There is no such mail template.");
}
