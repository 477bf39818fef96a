import { RotateCw } from "lucide-react";
import { Link } from "react-router";
import { useMay } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { kindName, STATES, useRetryMail } from "./mails.ts";
import type { Mail } from "./mails.ts";

/** What was mailed, one below the other; never what a mail says. */
export function MailList({ mails, withToken }: { mails: readonly Mail[]; withToken: boolean }) {
  return (
    <ul aria-label="Mails" className="divide-y divide-line">
      {mails.map((mail) => (
        <MailItem key={mail.id} mail={mail} withToken={withToken} />
      ))}
    </ul>
  );
}

function MailItem({ mail, withToken }: { mail: Mail; withToken: boolean }) {
  const mayRetry = useMay("tokens:write");
  const retry = useRetryMail();
  const toast = useToast();
  const known = STATES.find(({ state }) => state === mail.state);
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-5 py-3">
      <span className="w-22 shrink-0">
        <Badge tone={known?.tone ?? "neutral"}>{known?.label ?? mail.state}</Badge>
      </span>
      <div className="min-w-0 flex-1 basis-56">
        <p>
          <span className="font-medium">{kindName(mail.kind)}</span>{" "}
          <span className="wrap-anywhere text-ink-2">{mail.to === null ? "address erased" : `to ${mail.to}`}</span>
        </p>
        {mail.detail !== null && <p className="mt-0.5 wrap-anywhere text-ink-2">{mail.detail}</p>}
        {mail.state === "pending" && mail.attempts > 0 && mail.next_attempt_at !== null && (
          <p className="mt-0.5 text-ink-3">
            Tried {mail.attempts === 1 ? "once" : `${String(mail.attempts)} times`}, again{" "}
            <Time at={mail.next_attempt_at} />
          </p>
        )}
        {retry.error !== null && <ErrorNote error={retry.error} className="mt-2" />}
      </div>
      <div className="flex items-center gap-3 text-ink-3 tabular-nums">
        {withToken && (
          <Link to={`/tokens/${mail.token_id}`} className="whitespace-nowrap text-accent-text underline">
            Token
          </Link>
        )}
        <Time at={mail.finished_at ?? mail.created_at} as="date-time" />
        {mayRetry && mail.can_retry && (
          <Button
            size="small"
            icon={<RotateCw className="size-3.5" />}
            busy={retry.isPending}
            onClick={() =>
              retry.mutate(mail.id, { onSuccess: ({ to }) => toast(`It goes out to ${to ?? "them"} now.`) })
            }
          >
            Send again
          </Button>
        )}
      </div>
    </li>
  );
}
