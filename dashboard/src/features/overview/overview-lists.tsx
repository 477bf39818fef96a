import { Clock, ShieldCheck } from "lucide-react";
import { Link } from "react-router";
import { AuditSentence } from "../audit/audit-sentence.tsx";
import { problemName, surfaceOf } from "../audit/refusals.ts";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Note } from "../../ui/note.tsx";
import { Time } from "../../ui/time.tsx";
import { sentence } from "../../ui/words.ts";
import type { Overview } from "./overview.ts";

export function FailingSources({ sources }: { sources: NonNullable<Overview["failing_sources"]> }) {
  return sources.map((source) => (
    <Note key={source.id} tone="warn">
      <Link to={`/sources/${source.id}`} className="font-medium hover:underline">
        {source.name} does not sync.
      </Link>{" "}
      {sentence(source.state_detail ?? "Open it to see why")} What was published before can still be installed.
    </Note>
  ));
}

export function ExpiringSoon({ tokens }: { tokens: NonNullable<Overview["expiring"]> }) {
  return (
    <Card
      flush
      title="Expiring soon"
      actions={
        <Link to="/tokens?expiring=30" className="text-accent-text hover:underline">
          All
        </Link>
      }
    >
      {tokens.length === 0 ? (
        <EmptyState icon={<Clock />} title="Nothing expires within 30 days" />
      ) : (
        <ul className="divide-y divide-line">
          {tokens.map((token) => (
            <li
              key={token.id}
              className="relative flex min-h-12 items-center justify-between gap-4 px-5 py-2 hover:bg-hover"
            >
              <Link to={`/tokens/${token.id}`} className="min-w-0 truncate font-medium after:absolute after:inset-0">
                {buyerOf(token)}
              </Link>
              <span className="relative shrink-0 text-ink-2">
                {token.expires_at !== null && <Time at={token.expires_at} />}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function buyerOf({ metadata, description }: NonNullable<Overview["expiring"]>[number]): string {
  const { customer_email: email, order_id: order } = metadata;
  if (email === undefined) return description;
  return order === undefined ? String(email) : `${String(email)}, order ${String(order)}`;
}

export function RecentActivity({ events }: { events: NonNullable<Overview["recent"]> }) {
  return (
    <Card
      flush
      title="Lately"
      actions={
        <Link to="/audit-log" className="text-accent-text hover:underline">
          Audit log
        </Link>
      }
    >
      <ul className="divide-y divide-line">
        {events.map((event) => (
          <li key={event.id} className="flex min-h-12 items-center justify-between gap-4 px-5 py-2">
            <span className="line-clamp-2 min-w-0">
              <AuditSentence event={event} />
            </span>
            <span className="shrink-0 text-ink-3">
              <Time at={event.occurred_at} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Refusals({ refusals }: { refusals: Overview["refusals"] }) {
  return (
    <Card
      flush
      title="Refused credentials"
      description="In the last 7 days"
      actions={
        <Link to="/audit-log?action=credential." className="text-accent-text hover:underline">
          All
        </Link>
      }
    >
      {refusals.length === 0 ? (
        <EmptyState icon={<ShieldCheck />} title="Nobody was refused" />
      ) : (
        <ul className="divide-y divide-line">
          {refusals.map((refusal) => (
            <li
              key={`${refusal.surface} ${refusal.problem}`}
              className="flex min-h-12 items-center justify-between gap-4 px-5 py-2"
            >
              <span className="min-w-0">
                <span className="block font-medium">{problemName(refusal.problem)}</span>
                <span className="block text-[0.93rem] text-ink-3">
                  {surfaceOf(refusal.surface).name}, last <Time at={refusal.last_at} />
                </span>
              </span>
              <span className="font-medium tabular-nums">{refusal.count.toLocaleString()}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
