import type { ErrorCode, FieldError } from "../errors.ts";

/** What a code means, and what its answer looks like. */
export interface ErrorDescription {
  /** When it is answered; goes into docs/reference/errors.md and openapi.json. */
  when: string;
  /** What the caller does about it. */
  cure: string;
  /** An answer's `detail` and `errors`, as they really read. */
  detail: string;
  errors?: FieldError[];
}

const CONFLICT = "This token was revoked, which is final; create a new one.";

/** One for each code: whoever adds a code describes it here, or nothing compiles. */
export const ERROR_DESCRIPTIONS: Record<ErrorCode, ErrorDescription> = {
  "request.invalid": {
    when: "A field or query parameter is wrong, unknown or missing. Nothing was changed.",
    cure: "Mend what `errors` names; of a misspelt name it says which was meant.",
    detail: "The request is not valid: /expires_at looks like milliseconds; send Unix seconds (divide by 1000)",
    errors: [{ pointer: "/expires_at", detail: "looks like milliseconds; send Unix seconds (divide by 1000)" }],
  },
  "request.malformed": {
    when: "The body is not valid JSON, or the request cannot be read: `detail` says at which line and column, or which character of the address must be percent-encoded.",
    cure: "Send a JSON object, and encode each id in an address.",
    detail: "The body is not valid JSON: see line 3, column 12.",
  },
  "auth.missing": {
    when: "No management token and no session, or not in the form `Bearer pbm_…`.",
    cure: "Send `Authorization: Bearer pbm_…`.",
    detail: "Log in, or send a management token: Authorization: Bearer pbm_…",
  },
  "auth.invalid": {
    when: "The management token is unknown here, mistyped or not copied whole.",
    cure: "Copy it whole, or create a new one.",
    detail: "This management token is unknown here.",
  },
  "auth.expired": {
    when: "The management token has expired; `detail` says when.",
    cure: "Create a new one.",
    detail: "This management token expired on 2025-01-01T00:00:00.000Z; create a new one.",
  },
  "auth.revoked": {
    when: "The management token was revoked.",
    cure: "Create a new one.",
    detail: "This management token was revoked.",
  },
  "auth.rotated": {
    when: "The management token was given a new secret, and the overlap is over.",
    cure: "Use the new secret.",
    detail: "This management token was replaced by a new secret on 2025-01-01T00:00:00.000Z; use that one.",
  },
  "auth.wrong_kind": {
    when: "A customer token (`pbt_…`), which only reads packages.",
    cure: "Send a management token (`pbm_…`).",
    detail:
      "This is a Composer token (pbt_…), which only reads packages; the Management API takes a management token (pbm_…).",
  },
  "auth.login_failed": {
    when: "The e-mail address, the password or the code is wrong.",
    cure: "Try again, or reset the password.",
    detail: "E-mail address or password is wrong.",
  },
  "auth.totp_required": {
    when: "The password is right, and the account has two-factor authentication.",
    cure: "Send `code` too.",
    detail: "Give the code of your authenticator, or a recovery code.",
  },
  "auth.passkey_required": {
    when: "The password is right, and the account has a passkey but no authenticator app.",
    cure: "Log in with the passkey, or send a recovery code as `code`.",
    detail: "Log in with a passkey, or give a recovery code.",
  },
  "auth.missing_scope": {
    when: "The management token lacks a scope, or the user's role does; `detail` names it.",
    cure: "Use a management token that has it.",
    detail: "This management token lacks the scope tokens:write.",
  },
  "auth.outside_bound": {
    when: "Prefixes, filters, scopes or a shop that reach past what the management token may grant.",
    cure: "Ask for less, or use a wider management token.",
    detail: "/allowed_package_prefixes reaches past this management token: globex/",
    errors: [{ pointer: "/allowed_package_prefixes", detail: "reaches past this management token: globex/" }],
  },
  "auth.outside_network": {
    when: "The management token may be used from other networks only than the one this request came from.",
    cure: "Have an owner or admin allow the network, or set `TRUSTED_PROXIES` where the address is a proxy's.",
    detail: "This management token may not be used from 198.51.100.9; an owner or admin can allow that network.",
  },
  "auth.outside_role": {
    when: "Only an owner does this.",
    cure: "Ask an owner.",
    detail: "Only an owner makes, changes or removes an owner.",
  },
  "auth.csrf": {
    when: "A session without its `X-CSRF-Token`, or a page of another site.",
    cure: "Send the header; scripts send a management token instead.",
    detail: "The X-CSRF-Token header is missing or wrong: load the page again.",
  },
  "auth.step_up_required": {
    when: "A user of the dashboard does something of weight, and confirmed last more than 10 minutes ago who they are. Management tokens are never asked.",
    cure: "Send the password, a code or a passkey to `POST /api/session/step-up`, then repeat the request.",
    detail:
      "Confirm that it is you: send your password, a code or a passkey to POST /api/session/step-up, and repeat this within 10 minutes.",
  },
  "auth.second_factor_required": {
    when: "The owners require a second factor of the user's role, and the user has none. Management tokens are not concerned.",
    cure: "Set up an authenticator app or a passkey under your own account; everything else waits for it.",
    detail:
      "The role admin needs a second factor here, and you have none yet: set up an authenticator app or a passkey (POST /api/account/totp, POST /api/account/passkeys).",
  },
  "resource.not_found": {
    when: "There is no such thing, it is not in your shop, outside your bound, or there is no such path.",
    cure: "Check the id, and whose it is.",
    detail: "There is no such token.",
  },
  "link.invalid": {
    when: "The one-time link is not known.",
    cure: "Copy it whole, or ask for a new one.",
    detail: "This invitation is not known here: copy it whole, or ask for a new one.",
  },
  "request.method_not_allowed": {
    when: "The path is known, the method is not; `Allow` names those that are.",
    cure: "Use one of those.",
    detail: "This address takes only GET, POST.",
  },
  "resource.conflict": {
    when: "The request conflicts with how things stand: the token was revoked, the URL is a source already, the order has a token that the caller may not see.",
    cure: "Read `detail`; repeating it does not help.",
    detail: CONFLICT,
  },
  "request.in_flight": {
    when: "The same request is being handled right now.",
    cure: "Repeat it in a second.",
    detail: "A request with this Idempotency-Key is under way.",
  },
  "sale.ended": {
    when: "What an order sold has ended, perhaps before its purchase was delivered, and is sold or asked for again.",
    cure: "Restore it, use a new order id, or send `again`; see `detail`.",
    detail:
      'What this order sold has ended. If the end was a mistake, restore it (POST /api/tokens/token_abc123/restore); to sell it again, use a new order id or send "again": true.',
  },
  "link.expired": {
    when: "The one-time link has expired, or a newer one took its place.",
    cure: "Ask for a new one.",
    detail: "This invitation has expired, or a newer one took its place: ask for a new one.",
  },
  "link.used": {
    when: "The one-time link was used already.",
    cure: "Log in, or ask for a new one.",
    detail: "This invitation was used already; it works once.",
  },
  "request.precondition_failed": {
    when: "The `If-Match` header names another state than the thing has now: somebody changed it since. Nothing was changed.",
    cure: "Read it again, decide anew, and send its new `ETag`.",
    detail:
      'The token was changed since you read it, last at 1735689600; its ETag is "6a1f0c9e2b7d48350e4c1b6f9a8d7e25" now. Read it again and decide anew.',
  },
  "request.too_large": {
    when: "The body is larger than 1 MB.",
    cure: "Send less.",
    detail: "The body is larger than 1 MB.",
  },
  "request.unsupported_media_type": {
    when: "The body is not announced as JSON.",
    cure: "Send `Content-Type: application/json`.",
    detail: "Send JSON, with Content-Type: application/json.",
  },
  "idempotency.key_reused": {
    when: "The `Idempotency-Key` was used with another body.",
    cure: "Use a new key, or send the body of the first request.",
    detail: "This Idempotency-Key was used with another body; use a new key.",
  },
  "renewal.id_reused": {
    when: "The `renewal_id` has added another term already.",
    cure: "Give each payment an id of its own.",
    detail: 'The renewal_id "order_12399" has added another term already; each payment needs an id of its own.',
  },
  "auth.throttled": {
    when: "Too many failed log-ins of an account or an address.",
    cure: "Wait for the seconds in `Retry-After`.",
    detail: "Too many failed attempts; try again in 15 minutes.",
  },
  "request.too_many": {
    when: "More requests than the limit of a management token, a session or an address; or two repositories are being tested already, or ten progress streams are open.",
    cure: "Wait for the seconds in `Retry-After`, and repeat it.",
    detail: "This management token made more than 600 requests a minute; the next one is free in 1 second.",
  },
  "request.too_many_waiting": {
    when: "A sale or an ending past the limit of its management token or session waited for 20 seconds, found no place to wait, or the server is stopping. Nothing was changed.",
    cure: "Repeat it after the seconds in `Retry-After`.",
    detail:
      "This management token sends more sales and endings than its limit; this one waited for 20 seconds. Nothing was changed; try again in 2 seconds.",
  },
  "internal.unexpected": {
    when: "Our fault; the log has it under the `request_id`.",
    cure: "Repeat it later, and report it.",
    detail: "Something went wrong on our side; the request id finds it in the log.",
  },
  "server.without_key": {
    when: "The server was started without its encryption key (`serve --without-key`), and this needs it: every change, the log-in, and reading what is sealed or signed. Nothing was changed.",
    cure: "Bring the key back and restart the server; shops repeat the call until then.",
    detail:
      '"Create a token" (POST /api/tokens) needs the encryption key, and this server was started without it (serve --without-key): every change has a signed record, and every stored secret is sealed. Nothing was changed; ask whoever operates the server to bring the key back and to restart it.',
  },
  "service.unavailable": {
    when: "The database does not answer, the disk is full, or too much of the same is changed at once. Nothing was changed.",
    cure: "Repeat it later.",
    detail: "The server cannot store anything at the moment (is its disk full?). Nothing was changed; try again later.",
  },
};
