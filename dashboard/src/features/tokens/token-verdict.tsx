import { CircleCheck, CircleSlash } from "lucide-react";
import { formatDate } from "../../ui/time.tsx";
import { classNames } from "../../ui/class-names.ts";
import { buyerOf } from "./tokens.ts";
import type { TokenWithUsage } from "./tokens.ts";

/** Whether composer gets in with it now, and if not, why and what helps. */
export function TokenVerdict({ token }: { token: TokenWithUsage }) {
  const { works, title, text } = verdictOf(token);
  const Icon = works ? CircleCheck : CircleSlash;
  return (
    <section
      aria-label="Can they install?"
      className={classNames("flex gap-3 rounded-xl px-5 py-4", works ? "bg-good-soft" : "bg-bad-soft")}
    >
      <Icon className={classNames("mt-0.5 size-5 shrink-0", works ? "text-good" : "text-bad")} aria-hidden="true" />
      <div className="min-w-0">
        <h2 className="text-[1.07rem] font-semibold">{title}</h2>
        <p className="text-ink-2">{text}</p>
      </div>
    </section>
  );
}

function wayBack(token: TokenWithUsage): string {
  if (token.restorable_until !== null) {
    return `If that was a mistake, undo it until ${formatDate(token.restorable_until)}: the same secret works again.`;
  }
  const isOfCustomer = buyerOf(token).customerId !== undefined;
  return `If that was a mistake, create a new token for them${
    isOfCustomer ? ", or restore the customer where everything was revoked at once" : ""
  }.`;
}

/** Each of them is resumed by itself. */
function withWhat({ suspended_by: suspenders }: TokenWithUsage): string {
  const words = { token: "by itself", customer: "with the customer", order: "with its order" };
  return suspenders.map((one) => words[one]).join(" and ");
}

function verdictOf(token: TokenWithUsage): { works: boolean; title: string; text: string } {
  if (token.status === "revoked") {
    const since = token.revoked_at === null ? "" : ` on ${formatDate(token.revoked_at)}`;
    return {
      works: false,
      title: "They cannot install: the token is revoked",
      text: `It was revoked${since}. ${wayBack(token)}`,
    };
  }
  if (token.status === "suspended") {
    const since = token.suspended_at === null ? "" : ` since ${formatDate(token.suspended_at)}`;
    return {
      works: false,
      title: "They cannot install: the token is suspended",
      text: `It is closed${since}, ${withWhat(token)}. Once that is resumed, composer works again with the same secret.`,
    };
  }
  if (token.status === "expired") {
    const since = token.expires_at === null ? "" : ` on ${formatDate(token.expires_at)}`;
    return {
      works: false,
      title: "They cannot install: the token has expired",
      text: `It ended${since}. What is installed goes on running; extend it, and composer works again with the next request.`,
    };
  }
  if (token.usage.rate_limit_remaining === 0) {
    return {
      works: false,
      title: "They have to wait: the limit is used up",
      text: `The token may make ${(token.rate_limit_max ?? 0).toLocaleString()} requests an hour. Some are free again in a minute; a higher limit helps at once.`,
    };
  }
  const until = token.expires_at === null ? "It has no end date" : `It works until ${formatDate(token.expires_at)}`;
  return {
    works: true,
    title: "They can install",
    text: `${until}. The packages below are what composer gets with it.`,
  };
}
