import type { MailKind } from "../../schema.ts";

/**
 * Every kind of mail, in the order in which a customer gets them; each has its templates.
 * - `ready`: a token was made, got a new secret, or went to somebody else;
 * - `renewed`: it goes on longer;
 * - `expiring`: it ends soon;
 * - `revoked`: it ended before its time;
 * - `leaked`: its secret was found in public.
 */
export const MAIL_KINDS = ["ready", "renewed", "expiring", "revoked", "leaked"] as const satisfies readonly MailKind[];
