import type { ReactNode } from "react";
import { Link } from "react-router";
import { customerAddress } from "../customers/customer-address.ts";
import type { AuditEvent } from "./audit-events.ts";
import { problemName, surfaceOf } from "./refusals.ts";

/** What was done, as a verb; what the target was is said after it. */
const VERBS: Record<string, string> = {
  "token.created": "created the token",
  "token.updated": "changed the token",
  "token.revoked": "revoked the token",
  "token.rotated": "gave a new secret to the token",
  "token.sold_to_another_buyer": "sold an order number to another buyer, with the token",
  "token.joined_customer": "opened everything its customer has for the token",
  "token.sharing_suspected": "noticed use from many networks of the token",
  "token.sharing_dismissed": "dismissed the many networks of the token",
  "customer.updated": "changed the customer",
  "token.restored": "restored the token",
  "token.suspended": "suspended the token",
  "token.resumed": "resumed the token",
  "token.erased": "erased what was personal about the token",
  "customer.revoked": "revoked everything of the customer",
  "customer.restored": "restored everything of the customer",
  "customer.suspended": "suspended everything of the customer",
  "customer.resumed": "resumed everything of the customer",
  "order.revoked": "revoked everything of the order",
  "order.restored": "restored everything of the order",
  "order.suspended": "suspended everything of the order",
  "order.resumed": "resumed everything of the order",
  "customer.transferred": "gave to a new owner the customer",
  "customer.merged": "merged into another one the customer",
  "customer.unmerged": "undid the merge of the customer",
  "order.moved": "moved an order to the customer",
  "token.moved": "gave to another customer the token",
  "customer.erased": "erased everything personal about the customer",
  "grant.set": "granted or changed a line of an order of the customer",
  "grant.revoked": "revoked a grant of the customer",
  "grant.released": "cancelled what is released later of an order of the customer",
  "grant.event_remembered": "told something older of an order of the customer",
  "management_token.created": "created the management token",
  "management_token.revoked": "revoked the management token",
  "management_token.updated": "changed the management token",
  "management_token.rotated": "gave a new secret to the management token",
  "source.created": "added the source",
  "source.updated": "changed the source",
  "source.removed": "removed the source",
  "source.sync_requested": "asked for a sync of the source",
  "package.source_changed": "took from another source the package",
  "version.release_date_changed": "corrected a release date of",
  "mail.retried": "sent a mail again about the token",
  "mail.tested": "sent a test mail",
  "webhook.created": "added the webhook",
  "webhook.updated": "changed the webhook",
  "webhook.removed": "removed the webhook",
  "webhook.disabled": "turned off, because its receiver answered 410, the webhook",
  "webhook.secret_rotated": "gave a new secret to the webhook",
  "webhook.test_requested": "sent a test to the webhook",
  "webhook.delivery_replayed": "sent a message again to the webhook",
  "audit.problem_found": "found that the audit log is not as it was left:",
  "audit.problems_acknowledged": "said that problems of the audit log are known",
  "audit.chain_upgraded": "began to sign audit records",
  "key.rotated": "took another encryption key into use",
  "key.forgotten": "forgot an encryption key that was retired",
  "audit.restored": "went on from a backup that was restored",
  "attention.dismissed": "dismissed what needed attention about",
  "setup.completed": "completed the set-up with the owner",
  "settings.updated": "changed the settings",
  "session.started": "logged in",
  "session.ended": "logged out",
  "session.proven": "confirmed who they are",
  "session.all_ended": "ended all sessions of",
  "user.created": "created the user",
  "user.invited": "invited the user",
  "user.invitation_accepted": "accepted the invitation",
  "user.updated": "changed the user",
  "user.removed": "removed the user",
  "user.password_changed": "changed the password of",
  "user.password_reset_requested": "asked for a password reset of",
  "user.totp_enabled": "turned two-factor authentication on for",
  "user.totp_disabled": "turned two-factor authentication off for",
  "user.passkey_added": "added a passkey to",
  "user.passkey_renamed": "renamed a passkey of",
  "user.passkey_removed": "removed a passkey of",
  "user.recovery_code_used": "used a recovery code",
  "user.recovery_codes_renewed": "renewed the recovery codes of",
};

/** Told from the words around it by more than its colour. */
const TEXT_LINK = "text-accent-text underline decoration-line-strong underline-offset-3 hover:decoration-current";

/** Where the target would only repeat the actor or say nothing. */
const WITHOUT_TARGET = new Set(["setting", "session", "audit"]);

/** One record as a sentence: "Web shop revoked the token ada@example.com …x7Qz of customer 4711". */
export function AuditSentence({ event }: { event: AuditEvent }) {
  if (event.action === "credential.refused") return <Refusal event={event} />;
  return (
    <span className="break-words">
      <span className="font-medium">{actorName(event)}</span> {VERBS[event.action] ?? event.action}
      {detailOf(event)}
      <Finding of={event} />
      <Reason of={event} />
    </span>
  );
}

/** What is wrong with the log, in the server's words. */
function Finding({ of: { action, details } }: { of: AuditEvent }) {
  const { problem } = (details.after ?? {}) as { problem?: unknown };
  return action === "audit.problem_found" && typeof problem === "string" && ` ${problem}`;
}

/** Why, where somebody said so; a renewal of the first days says it in the record itself. */
function Reason({ of: { personal, details } }: { of: AuditEvent }) {
  const reason = personal?.reason ?? details.reason;
  return typeof reason === "string" && <span className="text-ink-2">: “{reason}”</span>;
}

export function actorName({ actor }: AuditEvent): string {
  if (actor.label !== null) return actor.label;
  switch (actor.kind) {
    case "cli":
      return "The command line";
    case "system":
      return "The server";
    case "user":
      return "A removed user";
    default:
      return actor.id ?? actor.kind;
  }
}

function detailOf(event: AuditEvent): ReactNode {
  const { target, actor } = event;
  if (WITHOUT_TARGET.has(target.kind) || (target.kind === "user" && target.id === actor.id)) return null;
  const name = targetName(event);
  const to = targetAddress(event);
  return (
    <>
      {" "}
      {to === undefined ? (
        <span className="text-ink-2">{name}</span>
      ) : (
        <Link to={to} className={TEXT_LINK}>
          {name}
        </Link>
      )}
      {event.customer_id !== null && event.shop !== null && target.kind !== "customer" && (
        <>
          {" of customer "}
          <Link to={customerAddress(event.shop, event.customer_id)} className={TEXT_LINK}>
            {event.customer_id}
          </Link>
        </>
      )}
    </>
  );
}

/** Who tried is not known; what was tried, where and how often is. */
function Refusal({ event: { target, details, personal } }: { event: AuditEvent }) {
  const { surface = "", count = 1 } = (details.after ?? {}) as { surface?: string; count?: number };
  const problem = problemName(target.id);
  return (
    <span className="break-words">
      <span className="font-medium">{surfaceOf(surface).refused}</span>: {problem.charAt(0).toLowerCase()}
      {problem.slice(1)}
      {typeof personal?.address === "string" && <span className="text-ink-2"> from {personal.address}</span>}
      {count > 1 && `, ${count.toLocaleString()} times`}
    </span>
  );
}

/** What it is called now, else what it was called in the record. */
function targetName({ target, personal, details }: AuditEvent): string {
  const after = (details.after ?? {}) as { name?: unknown };
  const before = (details.before ?? {}) as { name?: unknown };
  for (const candidate of [
    target.label,
    personal?.description,
    personal?.name,
    personal?.email,
    after.name,
    before.name,
  ]) {
    if (typeof candidate === "string" && candidate !== "") return candidate;
  }
  return target.id;
}

function targetAddress({ target, customer_id, shop }: AuditEvent): string | undefined {
  switch (target.kind) {
    case "token":
      return `/tokens/${target.id}`;
    case "source":
      return `/sources/${target.id}`;
    case "customer":
      return customer_id === null || shop === null ? undefined : customerAddress(shop, customer_id);
    case "webhook":
      return `/settings/webhooks/${target.id}`;
    case "management_token":
      return "/settings/api-tokens";
    case "user":
      return "/settings/users";
    default:
      return undefined;
  }
}
