import { RotateCw } from "lucide-react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import type { Customer } from "../customers/customers.ts";
import { useRetryMail } from "./mails.ts";

/** That a customer was not reached, and what helps; nothing where everything went out. */
export function FailedMailsNote({ customer, onCorrect }: { customer: Customer; onCorrect: () => void }) {
  const mayCorrect = useMay("customers:write");
  const mayRetry = useMay("tokens:write");
  const retry = useRetryMail();
  const toast = useToast();
  const failed = customer.failed_mails;
  if (failed === null) return null;
  const { count, last } = failed;
  const isTokenMail = last.kind === "ready";
  return (
    <Note tone="warn">
      <p className="font-medium wrap-anywhere">
        {count === 1 ? "A mail" : `${String(count)} mails`} to {last.to ?? "this customer"} did not arrive
        {isTokenMail && ": they do not have their token"}
      </p>
      {last.detail !== null && <p className="mt-0.5 wrap-anywhere text-ink-2">{last.detail}</p>}
      <p className="mt-0.5 text-ink-2">
        {last.can_retry
          ? "Correct the address, then send it again."
          : "Correct the address, then rotate the token: what the mail said is kept for seven days only."}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {mayCorrect && (
          <Button size="small" onClick={onCorrect}>
            Correct the address
          </Button>
        )}
        {mayRetry && last.can_retry && (
          <Button
            size="small"
            icon={<RotateCw className="size-3.5" />}
            busy={retry.isPending}
            onClick={() =>
              retry.mutate(last.id, { onSuccess: ({ to }) => toast(`It goes out to ${to ?? "them"} now.`) })
            }
          >
            Send again
          </Button>
        )}
      </div>
      {retry.error !== null && <ErrorNote error={retry.error} className="mt-2" />}
    </Note>
  );
}
