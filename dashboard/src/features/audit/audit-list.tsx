import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { CopyIcon } from "../../ui/copy-button.tsx";
import { Time } from "../../ui/time.tsx";
import { AuditChanges } from "./audit-changes.tsx";
import type { AuditEvent } from "./audit-events.ts";
import { AuditSentence } from "./audit-sentence.tsx";

/** Records as sentences; each opens to what was before and after. */
export function AuditList({ events }: { events: AuditEvent[] }) {
  return (
    <ul className="divide-y divide-line">
      {events.map((event) => (
        <AuditItem key={event.id} event={event} />
      ))}
    </ul>
  );
}

function AuditItem({ event }: { event: AuditEvent }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <li>
      <div className="flex min-h-12 items-center gap-2 py-2 pr-5 pl-3">
        <IconButton
          label={open ? "Hide details" : "Show details"}
          aria-expanded={open}
          aria-controls={id}
          className="size-7"
          onClick={() => setOpen(!open)}
        >
          <ChevronRight className={classNames("size-4 transition-transform", open && "rotate-90")} />
        </IconButton>
        <span className="flex min-w-0 flex-1 flex-col gap-x-4 sm:flex-row sm:items-center">
          <span className="min-w-0 flex-1">
            <AuditSentence event={event} />
          </span>
          <span className="shrink-0 text-ink-3">
            <Time at={event.occurred_at} />
          </span>
        </span>
      </div>
      <div id={id} hidden={!open} className="border-t border-line bg-ground px-5 py-4 sm:pl-12">
        {open && <AuditDetails event={event} />}
      </div>
    </li>
  );
}

function AuditDetails({ event }: { event: AuditEvent }) {
  return (
    <>
      <AuditChanges event={event} />
      <dl className="mt-4 flex flex-wrap gap-x-8 gap-y-2 text-[0.93rem]">
        <Id name="Record" value={event.id} />
        <Id name="Action" value={event.action} />
        <Id name="Target" value={event.target.id} />
        {event.request_id !== null && <Id name="Request id" value={event.request_id} />}
        <div>
          <dt className="text-ink-3">Time</dt>
          <dd>
            <Time at={event.occurred_at} as="date-time" />
          </dd>
        </div>
        <div>
          <dt className="text-ink-3">Place in the chain</dt>
          <dd className="tabular-nums">
            {event.sequence === null ? "sealed within a second" : event.sequence.toLocaleString()}
          </dd>
        </div>
      </dl>
    </>
  );
}

function Id({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-3">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 break-all">{value}</code>
        <CopyIcon text={value} label={`Copy ${name.toLowerCase()}`} />
      </dd>
    </div>
  );
}
