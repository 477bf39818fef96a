import { CircleCheck, CircleSlash } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { patternsOpen } from "../tokens/package-patterns.ts";
import { patternsRead } from "../tokens/use-patterns-in-force.ts";
import type { Token } from "../tokens/tokens.ts";
import type { Grant } from "../grants/grants.ts";
import type { Customer } from "./customers.ts";

const SHOWN = 6;

/** The answer to "I cannot install": whether anything works, what it opens, until when, and when it was used. */
export function CustomerSummary({
  customer,
  tokens,
  grants,
}: {
  customer: Customer;
  tokens: Token[] | undefined;
  grants: Grant[] | undefined;
}) {
  const works = customer.tokens.active > 0;
  const Icon = works ? CircleCheck : CircleSlash;
  return (
    <section
      aria-label="At a glance"
      className="grid gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card sm:grid-cols-2 lg:grid-cols-4"
    >
      <Figure name="Can they install now?">
        <span className={`flex items-center gap-1.5 font-semibold ${works ? "text-good" : "text-bad"}`}>
          <Icon className="size-4.5" aria-hidden="true" />
          {works ? "Yes" : "No"}
        </span>
        <span className="text-ink-2">
          {works ? `${plural(customer.tokens.active, "token")} active` : whyNot(customer)}
        </span>
      </Figure>
      <Figure name="What they may read">
        {tokens === undefined ? <Skeleton className="h-4 w-40" /> : <Readable tokens={tokens} grants={grants ?? []} />}
      </Figure>
      <Figure name="Next expiry">
        {customer.next_expires_at === null ? (
          <span className="text-ink-2">{works ? "None: it never expires" : "None"}</span>
        ) : (
          <>
            <span className="font-semibold">
              <Time at={customer.next_expires_at} as="date" />
            </span>
            <span className="text-ink-2">
              <Time at={customer.next_expires_at} />
            </span>
          </>
        )}
      </Figure>
      <Figure name="Last use">
        {customer.last_used_at === null ? (
          <span className="text-ink-2">Never</span>
        ) : (
          <>
            <span className="font-semibold">
              <Time at={customer.last_used_at} />
            </span>
            <span className="text-ink-2">
              <Time at={customer.last_used_at} as="date-time" />
            </span>
          </>
        )}
      </Figure>
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-5 py-4">
      <h2 className="mb-1.5 text-ink-3">{name}</h2>
      <div className="flex flex-col gap-0.5">{children}</div>
    </div>
  );
}

function whyNot({ tokens: { suspended, expired, revoked } }: Customer): string {
  if (suspended > 0) return suspended === 1 ? "Their token is suspended" : `${plural(suspended, "token")} suspended`;
  if (expired > 0) return expired === 1 ? "Their token has expired" : `${plural(expired, "token")} expired`;
  if (revoked > 0) return revoked === 1 ? "Their token is revoked" : `${plural(revoked, "token")} revoked`;
  return "They have no token";
}

/** Hosted packages that active tokens open, by themselves or through the customer's grants. */
function Readable({ tokens, grants }: { tokens: Token[]; grants: Grant[] }) {
  const { names, more } = useHostedPackages();
  const active = tokens.filter((token) => token.status === "active");
  const granted = grants
    .filter((grant) => grant.token === null && grant.status === "active")
    .map((grant) => grant.package_pattern);
  const patterns = active.flatMap((token) => patternsRead(token, granted) ?? ["*"]);
  const opened = names.filter((name) => patternsOpen(patterns, name));
  if (opened.length === 0) return <span className="text-ink-2">No hosted package</span>;
  return (
    <>
      <span className="font-semibold">
        {opened.length.toLocaleString()}
        {more ? "+" : ""} {opened.length === 1 ? "package" : "packages"}
      </span>
      <span className="text-ink-2">
        {opened.slice(0, SHOWN).map((name, index) => (
          <span key={name}>
            {index > 0 && ", "}
            <Link to={`/packages/${name}`} className="inline-block max-w-full [overflow-wrap:anywhere] hover:underline">
              {name}
            </Link>
          </span>
        ))}
        {opened.length > SHOWN && ` and ${(opened.length - SHOWN).toLocaleString()} more`}
      </span>
    </>
  );
}
