import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog, firstControl } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useAttempt } from "../tokens/use-attempt.ts";
import { useTokensChanged } from "../tokens/tokens.ts";
import { setLine, useGrantLine } from "./lines.ts";
import type { GrantLine, GrantTerms, LineRef } from "./lines.ts";

/** Sends terms. `answer` is what the server says of them where there is more to say: it takes the place of the form. */
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
  const answer: ReactNode = told && (
    <ToldOfLine
      {...{ told, busy, error }}
      onSend={(ref, terms) => void send(ref, terms)}
      onBack={() => setTold(undefined)}
      onClose={onDone}
    />
  );
  return { busy, field, otherError, send, answer };
}

interface Told {
  ref: LineRef;
  terms: GrantTerms;
  applied: boolean;
  reason: string | null;
  warnings: readonly string[];
}

/** What the server says of a grant that it took, or did not: the form stands behind it. */
function ToldOfLine({
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
                  {warning}
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

function Loaded({ of, children }: { of: LineRef; children: (line: GrantLine) => ReactNode }) {
  const line = useGrantLine(of);
  // What is edited must not change under the hands of who edits it.
  const [first, setFirst] = useState<GrantLine>();
  if (first === undefined && line.data !== undefined && !line.isFetching) setFirst(line.data);
  const ref = useRef<HTMLDivElement>(null);
  const isThere = first !== undefined;
  // A dialog focuses what is in it when it opens, and this comes later.
  useEffect(() => {
    if (isThere) firstControl(ref.current)?.focus();
  }, [isThere]);
  if (first !== undefined) return <div ref={ref}>{children(first)}</div>;
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
