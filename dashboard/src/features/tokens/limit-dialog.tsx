import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Checkbox, TextField } from "../../ui/field.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { changeToken, nameOf, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useAttempt } from "./use-attempt.ts";

export function LimitDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Change the limit" description={nameOf(token)}>
      <LimitForm token={token} onClose={onClose} />
    </Dialog>
  );
}

function LimitForm({ token, onClose }: { token: Token; onClose: () => void }) {
  const [limited, setLimited] = useState(token.rate_limit_max !== null);
  const [limit, setLimit] = useState(String(token.rate_limit_max ?? 1000));
  const [reason, setReason] = useState("");
  const { busy, attempt, field, otherError } = useAttempt();
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  const other = otherError(["/rate_limit_max"]);
  const save = () =>
    attempt(async () => {
      await changeToken(token.id, { rate_limit_max: limited ? Number(limit) : null, ...reasonOf(reason) });
      await tokensChanged();
      toast(limited ? `The token may make ${Number(limit).toLocaleString()} requests an hour.` : "The limit is gone.");
      onClose();
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      className="flex flex-col gap-4"
    >
      <Checkbox
        label="Limit the requests"
        hint="A limit makes a token noticeable that is shared. An install makes a request or two for each package."
        checked={limited}
        onChange={(event) => setLimited(event.target.checked)}
      />
      {limited && (
        <TextField
          label="Requests per hour"
          type="number"
          inputMode="numeric"
          min={1}
          step={1}
          required
          value={limit}
          error={field("/rate_limit_max")}
          onChange={(event) => setLimit(event.target.value)}
          hint="About 1,000 lets builds pass."
        />
      )}
      <ReasonField value={reason} onChange={setReason} placeholder="Their builds need more" />
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Save limit
        </Button>
      </Actions>
    </form>
  );
}
