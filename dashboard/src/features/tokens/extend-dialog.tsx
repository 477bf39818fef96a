import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { formatDate } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { ExpiryField, useExpiry } from "./expiry-field.tsx";
import { changeToken, nameOf, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useAttempt } from "./use-attempt.ts";

export function ExtendDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Change the expiry" description={nameOf(token)}>
      <ExtendForm token={token} onClose={onClose} />
    </Dialog>
  );
}

function ExtendForm({ token, onClose }: { token: Token; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const expiry = useExpiry(token.expires_at, token.expires_at === null ? "date" : "year");
  const { busy, attempt, field, otherError } = useAttempt();
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  const { expiresAt, now } = expiry;
  const save = () =>
    attempt(async () => {
      if (expiresAt === undefined) return;
      await changeToken(token.id, { expires_at: expiresAt, ...reasonOf(reason) });
      await tokensChanged();
      toast(expiresAt === null ? "The token never expires now." : `The token works until ${formatDate(expiresAt)}.`);
      onClose();
    });
  const isSooner =
    expiresAt !== undefined && expiresAt !== null && (token.expires_at === null || expiresAt < token.expires_at);
  const other = otherError(["/expires_at"]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      className="flex flex-col gap-4"
    >
      <ExpiryField legend="How long it works" expiry={expiry} error={field("/expires_at")} />
      <p className="flex flex-wrap items-center gap-x-2 rounded-lg bg-sunken px-3.5 py-2.5" aria-live="polite">
        <span className="text-ink-2">{dateText(token.expires_at, now)}</span>
        <span aria-label="becomes">→</span>
        <span className="font-semibold">{expiresAt === undefined ? "choose a day" : dateText(expiresAt, now)}</span>
      </p>
      {isSooner && (
        <Note tone="warn">
          {expiresAt <= now
            ? "That has passed: composer on their machines is refused from the next request on."
            : "That is sooner than now agreed."}
        </Note>
      )}
      <ReasonField value={reason} onChange={setReason} placeholder="Paid late, agreed by phone" />
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={expiresAt === undefined}>
          {isSooner ? "Change expiry" : "Extend"}
        </Button>
      </Actions>
    </form>
  );
}

function dateText(at: number | null, now: number): string {
  if (at === null) return "never expires";
  return at <= now ? `expired ${formatDate(at)}` : formatDate(at);
}
