import { z } from "zod";
import { readCalendarTerm } from "../../platform/calendar-terms.ts";
import { invalidFields } from "../../platform/errors.ts";
import type { FieldError } from "../../platform/errors.ts";
import { storableText } from "../../platform/http/schemas.ts";
import { timeOrNull } from "../../platform/http/unix-time.ts";
import { REASON } from "../callers/index.ts";
import type { Renewal } from "./renew-end.ts";

const RenewalId = z.union(
  [storableText().max(255), z.int().nonnegative()],
  "must be a text of at most 255 characters, or a whole number",
);

/** What every route that renews takes; {@link readRenewal} reads it. */
export const RenewBody = z
  .strictObject({
    until: timeOrNull(
      "The new end, in Unix seconds; of this and the end it has the later one wins",
      1767225600,
    ).optional(),
    by: storableText()
      .max(40)
      .nullish()
      .meta({
        description:
          "A term to add, in whole days: ISO 8601, by the UTC calendar, from the end it has or from now, whichever is later. A month after 31 January is the last day of February. Needs `renewal_id`",
        examples: ["P1Y"],
      }),
    renewal_id: RenewalId.nullish().meta({
      description:
        "The shop's name of what was paid, such as the id of the renewal's order: counts once and for ever, and two of them add two terms. Only with `by`; `until` can be repeated without",
      examples: ["order_12399"],
    }),
    reason: storableText()
      .max(500)
      .nullish()
      .meta({ description: REASON, examples: ["Renewed by phone"] }),
  })
  .meta({ id: "Renew", examples: [{ by: "P1Y", renewal_id: "order_12399" }, { until: 1767225600 }] });
export type RenewBody = z.infer<typeof RenewBody>;

/** What a renewal came to, in the answer of every route that renews. */
export const renewalOutcomeFields = {
  applied: z.boolean().meta({ description: "false: its end stays as it was, and `reason` says why" }),
  reason: z.string().nullable(),
};

/** Reads what was asked for; throws `request.invalid`. */
export function readRenewal(body: RenewBody): Renewal {
  const errors: FieldError[] = [];
  const renewal = readAsked(body, errors);
  if (renewal === undefined || errors.length > 0) throw invalidFields(errors);
  return renewal;
}

function readAsked(body: RenewBody, errors: FieldError[]): Renewal | undefined {
  const until = body.until ?? undefined;
  const by = body.by ?? undefined;
  const renewalId = body.renewal_id === null || body.renewal_id === undefined ? "" : String(body.renewal_id).trim();
  const reason = readReason(body.reason, errors);
  if (until !== undefined) {
    if (by !== undefined) errors.push({ pointer: "/by", detail: "and /until: send one of them" });
    if (renewalId !== "") {
      errors.push({ pointer: "/renewal_id", detail: 'goes with "by"; "until" can be repeated as it is' });
    }
    return { kind: "until", until, reason };
  }
  if (body.until === null && by === undefined) {
    errors.push({ pointer: "/until", detail: "is null; a renewal moves an end, and PATCH takes it away" });
    return undefined;
  }
  if (by === undefined) {
    const detail = 'is missing: send a term such as "P1Y" with a renewal_id, or the new end in /until';
    errors.push({ pointer: "/by", detail });
    return undefined;
  }
  if (renewalId === "") {
    const detail =
      "is missing: name what was paid, such as the id of the renewal's order, so that a repeated delivery adds no second term";
    errors.push({ pointer: "/renewal_id", detail });
  }
  const term = readCalendarTerm(by);
  if (!term.ok) {
    errors.push({ pointer: "/by", detail: term.reason });
    return undefined;
  }
  return { kind: "by", term: term.value, text: by, renewalId, reason };
}

function readReason(text: string | null | undefined, errors: FieldError[]): string | null {
  const reason = text?.trim() ?? "";
  if (typeof text === "string" && reason === "") {
    errors.push({ pointer: "/reason", detail: "is empty; leave it out or say why" });
  }
  return reason === "" ? null : reason;
}
