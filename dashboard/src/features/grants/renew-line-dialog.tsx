import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { formatDate } from "../../ui/time.tsx";
import { LineDialog, useSetLine } from "./line-dialog.tsx";
import { termsOf } from "./lines.ts";
import type { GrantLine, LineRef } from "./lines.ts";
import { UntilField, useUntil } from "./until-field.tsx";

export function RenewLineDialog({ of: ref, open, onClose }: { of: LineRef; open: boolean; onClose: () => void }) {
  return (
    <LineDialog open={open} onClose={onClose} title="Renew" of={ref}>
      {(line) => <RenewForm line={line} of={ref} onClose={onClose} />}
    </LineDialog>
  );
}

/** The dates that a line has, each a year later unless something else is chosen. */
function RenewForm({ line, of: ref, onClose }: { line: GrantLine; of: LineRef; onClose: () => void }) {
  const updates = useUntil(line.updates_until, line.updates_until === null ? "never" : "year");
  const end = useUntil(line.expires_at, line.expires_at === null ? "never" : "year");
  const [reason, setReason] = useState("");
  const { busy, field, otherError, send, answer } = useSetLine(onClose);
  if (answer !== undefined) return answer;
  const isRenewable = line.updates_until !== null || line.expires_at !== null;
  const isReady = updates.at !== undefined && end.at !== undefined;
  const other = otherError(["/updates_until", "/expires_at"]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (updates.at === undefined || end.at === undefined) return;
        void send(ref, { ...termsOf(line), updates_until: updates.at, expires_at: end.at, ...reasonOf(reason) });
      }}
      className="flex flex-col gap-4"
    >
      <p className="text-ink-2 wrap-anywhere">
        <code>{line.packages.join(", ")}</code>
      </p>
      {!isRenewable && <Note>It has no date: every version that it covers can be installed for ever.</Note>}
      {line.updates_until !== null && (
        <>
          <UntilField
            legend="Updates"
            never="For ever: whatever is released"
            isRenewal
            until={updates}
            error={field("/updates_until")}
          />
          <Becomes name="Updates until" before={line.updates_until} after={updates.at} />
        </>
      )}
      {line.expires_at !== null && (
        <>
          <UntilField legend="Access" never="For ever" isRenewal until={end} error={field("/expires_at")} />
          <Becomes name="Can install until" before={line.expires_at} after={end.at} />
        </>
      )}
      {line.cancelled_at !== null && (
        <Note tone="warn">It was cancelled on {formatDate(line.cancelled_at)}. Renewing it takes that back.</Note>
      )}
      {isRenewable && <ReasonField value={reason} onChange={setReason} placeholder="Paid by bank transfer" />}
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={!isReady || !isRenewable}>
          Renew
        </Button>
      </Actions>
    </form>
  );
}

function Becomes({ name, before, after }: { name: string; before: number; after: number | null | undefined }) {
  const isSooner = typeof after === "number" && after < before;
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2 rounded-lg bg-sunken px-3.5 py-2.5" aria-live="polite">
        <span className="text-ink-2">
          {name} {formatDate(before)}
        </span>
        <span aria-label="becomes">→</span>
        <span className="font-semibold">
          {after === undefined ? "choose a day" : after === null ? "for ever" : formatDate(after)}
        </span>
      </p>
      {isSooner && <Note tone="warn">That is sooner than now agreed.</Note>}
    </>
  );
}
