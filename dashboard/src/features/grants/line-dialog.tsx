import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useAttempt } from "../tokens/use-attempt.ts";
import { useTokensChanged } from "../tokens/tokens.ts";
import { setLine, useGrantLine } from "./lines.ts";
import type { GrantLine, GrantTerms, LineRef } from "./lines.ts";

/** Sends terms, and keeps what the server says of them. */
export function useSetLine(onDone: () => void) {
  const { busy, error, attempt, field, otherError } = useAttempt();
  const changed = useTokensChanged();
  const toast = useToast();
  const [told, setTold] = useState<Told>();
  const send = (ref: LineRef, terms: GrantTerms) =>
    attempt(async () => {
      const { applied, reason, warnings } = await setLine(ref, terms);
      await changed();
      if (applied && warnings.length === 0) {
        toast(`Granted with line ${ref.line} of order ${ref.orderId}.`);
        onDone();
      } else {
        setTold({ ref, terms, applied, reason, warnings });
      }
    });
  return { ...{ busy, error, field, otherError, send, told }, back: () => setTold(undefined) };
}

interface Told {
  ref: LineRef;
  terms: GrantTerms;
  applied: boolean;
  reason: string | null;
  warnings: readonly string[];
}

/** What the server says of a grant that it took, or did not: the form stands behind it. */
export function ToldOfLine({
  told,
  busy,
  error,
  onSend,
  onBack,
  onClose,
}: {
  told: Told;
  busy: boolean;
  error: unknown;
  onSend: (ref: LineRef, terms: GrantTerms) => void;
  onBack: () => void;
  onClose: () => void;
}) {
  return (
    <div className="flex flex-col gap-4">
      {told.applied ? (
        <>
          <p>It is granted. But composer will fail on what it requires:</p>
          <Note tone="warn">
            <ul className="flex flex-col gap-1.5">
              {told.warnings.map((warning) => (
                <li key={warning} className="wrap-anywhere">
                  {warning.replace(/: grant it too, or send .*$/, ".")}
                </li>
              ))}
            </ul>
          </Note>
        </>
      ) : (
        <Note tone="warn">
          Nothing was changed. {told.reason} Wait a second and try again: what happens later counts.
        </Note>
      )}
      {error !== undefined && <ErrorNote error={error} />}
      <Actions>
        {told.applied ? (
          <>
            <Button onClick={onClose}>Leave it so</Button>
            {told.terms.with_dependencies !== true && (
              <Button
                kind="primary"
                busy={busy}
                onClick={() => onSend(told.ref, { ...told.terms, with_dependencies: true })}
              >
                Grant that along with it
              </Button>
            )}
          </>
        ) : (
          <Button onClick={onBack}>Back</Button>
        )}
      </Actions>
    </div>
  );
}

/** A dialog about a line as it stands now, which is read when it opens. */
export function LineDialog({
  open,
  onClose,
  title,
  of: ref,
  wide = false,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  of: LineRef;
  wide?: boolean;
  children: (line: GrantLine) => ReactNode;
}) {
  return (
    <Dialog open={open} onClose={onClose} wide={wide} title={title} description={nameOfLine(ref)}>
      <Loaded of={ref}>{children}</Loaded>
    </Dialog>
  );
}

/** A dialog focuses what is in it when it opens, and this comes later. */
const FIRST_CONTROL = "dialog[open] form :is(input[type=radio]:checked, input:not([type=radio]), select)";

function Loaded({ of: ref, children }: { of: LineRef; children: (line: GrantLine) => ReactNode }) {
  const line = useGrantLine(ref);
  // What is edited must not change under the hands of who edits it.
  const [first, setFirst] = useState<GrantLine>();
  if (first === undefined && line.data !== undefined && !line.isFetching) setFirst(line.data);
  const isThere = first !== undefined;
  useEffect(() => {
    if (isThere) document.querySelector<HTMLElement>(FIRST_CONTROL)?.focus();
  }, [isThere]);
  if (first !== undefined) return children(first);
  if (line.error !== null) return <ErrorNote error={line.error} onRetry={() => void line.refetch()} />;
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="h-60 w-full" />
    </div>
  );
}

export function nameOfLine({ orderId, line, customerId }: LineRef): string {
  return `Line ${line} of order ${orderId}, customer ${customerId}`;
}
