import { Pencil } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { IconButton } from "../../ui/button.tsx";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { customerAddress } from "../customers/customer-address.ts";
import { PatternList } from "./pattern-list.tsx";
import { buyerOf } from "./tokens.ts";
import type { TokenWithUsage } from "./tokens.ts";
import type { TokenAction } from "./use-token-dialogs.tsx";

const READS: Record<TokenWithUsage["access"], string> = {
  own: "The packages named here",
  customer: "The packages named here, and everything granted to the customer",
  project: "Of what is granted to the customer, the part named here: a project token",
};

/** What a token is and whose. */
export function TokenFacts({
  token,
  ask,
}: {
  token: TokenWithUsage;
  /** Undefined where one may not. */
  ask: ((token: TokenWithUsage, action: TokenAction) => void) | undefined;
}) {
  const { customerId, orderId, email } = buyerOf(token);
  return (
    <Card title="Token">
      <Facts>
        <Fact name="Customer">
          {customerId === undefined ? (
            "Guest, no customer of the shop"
          ) : (
            <Link to={customerAddress(token.shop, customerId)} className="text-accent-text hover:underline">
              {customerId}
            </Link>
          )}
        </Fact>
        {email !== undefined && <Copied name="E-mail" text={email} />}
        {orderId !== undefined && <Copied name="Order" text={orderId} />}
        <Fact name="Shop">{token.shop}</Fact>
        <Fact name="Reads">{READS[token.access]}</Fact>
        <Fact name={token.access === "project" ? "Narrowed to" : "Packages"}>
          <Changeable label="Change packages" onChange={ask && (() => ask(token, "packages"))}>
            <PatternList token={token} max={12} expandable />
          </Changeable>
        </Fact>
        <Fact name="Expires">
          <Changeable label="Change expiry" onChange={ask && (() => ask(token, "extend"))}>
            {token.expires_at === null ? (
              "Never"
            ) : (
              <>
                <Time at={token.expires_at} as="date-time" />{" "}
                <span className="text-ink-3">
                  (<Time at={token.expires_at} />)
                </span>
              </>
            )}
          </Changeable>
        </Fact>
        <Fact name="Limit">
          <Changeable label="Change limit" onChange={ask && (() => ask(token, "limit"))}>
            <Limit token={token} />
          </Changeable>
        </Fact>
        <Fact name="Mails">{token.notify ? "The customer is mailed what becomes of it" : "None are sent"}</Fact>
        <Fact name="Last used">{token.last_used_at === null ? "Never" : <Time at={token.last_used_at} />}</Fact>
        <Fact name="In all">
          {plural(token.usage.requests_total, "request")}, {plural(token.usage.downloads_total, "download")}
        </Fact>
        <Fact name="Networks">
          <Networks usage={token.usage} />
        </Fact>
        <Fact name="Created">
          <Time at={token.created_at} as="date-time" />
        </Fact>
        <Fact name="Secret ends in">
          <code>…{token.last_four}</code>
        </Fact>
        {token.previous_secret !== null && (
          <Fact name="Secret before">
            <PreviousSecret secret={token.previous_secret} />
          </Fact>
        )}
        <Copied name="Id" text={token.id} mono />
      </Facts>
    </Card>
  );
}

/** From how many it was used, and how many of them only continuous integration came from. */
function Networks({ usage: { networks, ci_networks: ci } }: Pick<TokenWithUsage, "usage">) {
  if (networks.last_30_days === 0) return "None in 30 days";
  return (
    <>
      {networks.today.toLocaleString()} today, {networks.last_7_days.toLocaleString()} in 7 days,{" "}
      {networks.last_30_days.toLocaleString()} in 30 days
      {ci.last_30_days > 0 && (
        <span className="text-ink-3"> ({ci.last_30_days.toLocaleString()} of them only continuous integration)</span>
      )}
    </>
  );
}

/** A value with a pencil behind it. */
function Changeable({
  label,
  onChange,
  children,
}: {
  label: string;
  onChange: (() => void) | undefined;
  children: ReactNode;
}) {
  return (
    <span className="flex items-start gap-1">
      <span className="min-w-0">{children}</span>
      {onChange !== undefined && (
        <span className="-my-1">
          <IconButton label={label} className="size-7" onClick={onChange}>
            <Pencil className="size-3.5" />
          </IconButton>
        </span>
      )}
    </span>
  );
}

function Copied({ name, text, mono = false }: { name: string; text: string; mono?: boolean }) {
  return (
    <Fact name={name}>
      <span className="flex items-start gap-1">
        <span className={`min-w-0 wrap-anywhere ${mono ? "font-mono text-[0.93em]" : ""}`}>{text}</span>
        <span className="-my-1">
          <CopyIcon text={text} label={`Copy ${name.toLowerCase()}`} />
        </span>
      </span>
    </Fact>
  );
}

function Limit({ token }: { token: TokenWithUsage }) {
  const { requests_this_hour: used, rate_limit_remaining: left } = token.usage;
  if (token.rate_limit_max === null) {
    return (
      <>
        None <span className="text-ink-3">({plural(used, "request")} this hour)</span>
      </>
    );
  }
  const max = token.rate_limit_max;
  const free = left ?? max;
  return (
    <span className="flex flex-col gap-1.5">
      <span>
        {max.toLocaleString()} an hour, {free.toLocaleString()} left now
      </span>
      <span
        role="meter"
        aria-label="Requests left"
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={free}
        className="block h-1.5 w-full max-w-56 overflow-hidden rounded-full bg-sunken"
      >
        <span
          className={`block h-full rounded-full ${free < max / 10 ? "bg-bad" : "bg-accent"}`}
          style={{ width: `${String(Math.min(100, (free / max) * 100))}%` }}
        />
      </span>
    </span>
  );
}

function PreviousSecret({ secret }: { secret: NonNullable<TokenWithUsage["previous_secret"]> }) {
  const [now] = useState(() => Date.now() / 1000);
  const isOver = secret.expires_at <= now;
  return (
    <>
      <code>…{secret.last_four}</code> {isOver ? "ended" : "still works until"}{" "}
      <Time at={secret.expires_at} as="date-time" />.{" "}
      {secret.last_used_at === null ? (
        "Not used since it was replaced."
      ) : (
        <>
          Last used <Time at={secret.last_used_at} />
          {isOver ? "." : ": somebody has not changed over yet."}
        </>
      )}
    </>
  );
}
