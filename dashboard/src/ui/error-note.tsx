import { CircleAlert } from "lucide-react";
import { describeError } from "../api/errors.ts";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";

/** What went wrong, in words, with the id under which the server's log has it. */
export function ErrorNote({ error, onRetry, className }: { error: unknown; onRetry?: () => void; className?: string }) {
  const { text, requestId } = describeError(error);
  return (
    <div
      role="alert"
      className={classNames("flex gap-2.5 rounded-lg border border-bad/30 bg-bad-soft px-3.5 py-2.5", className)}
    >
      <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="break-words text-ink">{text}</p>
        {requestId !== undefined && (
          <p className="mt-0.5 text-[0.9rem] break-all text-ink-2">Request id: {requestId}</p>
        )}
      </div>
      {onRetry !== undefined && (
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
