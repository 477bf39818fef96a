import { setImmediate } from "node:timers/promises";
import { newClaimant } from "../../platform/claimant.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Mail } from "../../platform/mail/index.ts";
import { oneAtATime, untilDone } from "../../platform/one-at-a-time.ts";
import {
  claimMail,
  deleteMailsBefore,
  forgetSecretsBefore,
  listDueMails,
  releaseAbandonedClaims,
} from "./mail-queries.ts";
import type { MailTemplates } from "./mail-templates.ts";
import { enqueueReminders } from "./reminders.ts";
import { sendClaimedMail } from "./send-mail.ts";
import type { SendMailDeps } from "./send-mail.ts";

const LOOK_EVERY_MS = 1_000;
const CARE_EVERY_MS = 600_000;
const RELOAD_EVERY_MS = 10_000;
/** A hand-over takes 30 seconds at most; a claim that is older is nobody's. */
const CLAIM_SECONDS = 45;
const SECRETS_KEPT_SECONDS = 7 * 24 * 3600;
/** Two years: a reminder belongs to a date of expiry, and nobody asks for longer what was mailed. */
const MAILS_KEPT_SECONDS = 730 * 24 * 3600;
/** A few milliseconds of work: others write between two such pieces. */
const ROWS_AT_ONCE = 500;

export interface MailWorkerDeps extends SendMailDeps {
  templates: MailTemplates;
  mail: Pick<Mail, "handOver" | "from" | "canSend">;
}

/** Sends what is in the outbox. What that is stands in the table, so a restart forgets nothing. */
export interface MailWorker {
  start(): void;
  /** Looks by itself no more; for tests, in which `runDue` says when. */
  pause(): void;
  /** Begins nothing more, lets what is under way end within `graceMs`, and cuts off the rest: it is sent again. */
  stop(graceMs: number): Promise<void>;
  /** Looks for reminders and for what is due now, and resolves when all of it has been tried. */
  runDue(): Promise<void>;
}

/** Several instances may run: each mail is claimed by one. Without a mail server nothing is sent and nothing is lost. */
export function createMailWorker(deps: MailWorkerDeps): MailWorker {
  const cutOff = new AbortController();
  let isClosed = false;
  let timers: NodeJS.Timeout[] = [];
  const once = (what: string, work: () => Promise<void>) =>
    oneAtATime(
      async () => {
        if (!isClosed) await work();
      },
      (error) => deps.logger.error({ error: messageOf(error) }, `mails to customers: ${what} failed; tried again`),
    );
  const reload = once("reading the templates", () => deps.templates.load());
  const care = once("looking for reminders", async () => {
    await forgetOldMails(deps, () => isClosed);
    if (deps.mail.canSend) await enqueueReminders(deps);
  });
  const release = untilDone(() => releaseAbandonedClaims(deps.database.db));
  // One after the other: a process that is killed between a mail server's yes and our record of it sends one mail twice.
  const send = once("sending", async () => {
    await release();
    if (deps.mail.canSend) while (!isClosed && (await sendNext(deps, cutOff.signal)));
  });
  return {
    start() {
      if (timers.length > 0) return;
      timers = [
        setInterval(() => void send(), LOOK_EVERY_MS),
        setInterval(() => void care(), CARE_EVERY_MS),
        ...(deps.templates.canChange ? [setInterval(() => void reload(), RELOAD_EVERY_MS)] : []),
      ];
      for (const timer of timers) timer.unref();
      void care();
    },
    pause: () => timers.forEach((timer) => clearInterval(timer)),
    async stop(graceMs) {
      isClosed = true;
      for (const timer of timers) clearInterval(timer);
      const timer = setTimeout(() => cutOff.abort(), graceMs);
      await Promise.all([send(), care(), reload()]);
      clearTimeout(timer);
    },
    async runDue() {
      await care();
      await send();
    },
  };
}

/** The secrets of what failed, after a week, and the whole log of long ago. */
async function forgetOldMails(
  { database: { db }, clock }: Pick<MailWorkerDeps, "database" | "clock">,
  isStopped: () => boolean,
): Promise<void> {
  const now = nowSeconds(clock);
  await forgetSecretsBefore(db, now - SECRETS_KEPT_SECONDS);
  const before = now - MAILS_KEPT_SECONDS;
  while (!isStopped() && (await deleteMailsBefore(db, before, ROWS_AT_ONCE)) === ROWS_AT_ONCE) await setImmediate();
}

/** False when nothing is due, or others are faster with all of it. */
async function sendNext(deps: MailWorkerDeps, signal: AbortSignal): Promise<boolean> {
  const { db } = deps.database;
  const now = nowSeconds(deps.clock);
  for (const id of await listDueMails(db, now, 8)) {
    const claimedBy = newClaimant();
    const mail = await claimMail(db, id, now, { claimed_by: claimedBy, claimed_until: now + CLAIM_SECONDS });
    if (mail === undefined) continue;
    try {
      await sendClaimedMail(deps, mail, claimedBy, signal);
    } catch (error) {
      deps.logger.error({ mail: id, error: messageOf(error) }, "a mail could not be sent; it is tried again");
    }
    return true;
  }
  return false;
}
