import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useToast } from "../../ui/toast.tsx";
import { PreviewList } from "../moves/preview-list.tsx";
import { convertToken, previewConversion } from "./convert-token.ts";
import type { ConversionPreview } from "./convert-token.ts";
import { nameOf, newOnceKey, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useAttempt } from "./use-attempt.ts";

/** Lets a token that opens what it was sold with open everything its customer has, after showing what that is. */
export function ConvertTokenDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Open everything the customer has?"
      description={`${nameOf(token)} …${token.last_four}`}
    >
      <Preview token={token} onClose={onClose} />
    </Dialog>
  );
}

function Preview({ token, onClose }: { token: Token; onClose: () => void }) {
  const preview = useQuery({
    queryKey: ["tokens", "conversion", token.id],
    queryFn: () => previewConversion(token.id),
    gcTime: 0,
    retry: false,
  });
  if (preview.data !== undefined) return <ConvertForm token={token} preview={preview.data} onClose={onClose} />;
  return (
    <>
      {preview.error === null ? <Skeleton className="h-24" /> : <ErrorNote error={preview.error} />}
      <Actions>
        <Button onClick={onClose}>Close</Button>
      </Actions>
    </>
  );
}

function ConvertForm({ token, preview, onClose }: { token: Token; preview: ConversionPreview; onClose: () => void }) {
  const [isSamePerson, setIsSamePerson] = useState(false);
  const [reason, setReason] = useState("");
  const [onceKey] = useState(newOnceKey);
  const { busy, error, attempt } = useAttempt();
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  const confirm = () =>
    attempt(async () => {
      const body = { same_person: isSamePerson, ...reasonOf(reason) };
      await convertToken(token.id, body, `${onceKey}-${String(isSamePerson)}-${reason.length}`);
      await tokensChanged();
      toast(`The token …${token.last_four} opens everything its customer has.`);
      onClose();
    });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
      className="flex flex-col gap-4"
    >
      <p className="text-ink-2">
        What it was sold with becomes a part of the customer’s order, and the token opens whatever the customer has, now
        and later. The secret stays: nobody has to change anything. This cannot be undone.
      </p>
      <PreviewList preview={preview} />
      {preview.warnings.map((warning) => (
        <Note key={warning} tone="warn">
          {warning}
        </Note>
      ))}
      {preview.another_address && (
        <Checkbox
          label="It is the same person"
          hint="It was sold with an e-mail address this customer never had. From then on that is one of theirs."
          checked={isSamePerson}
          onChange={(event) => setIsSamePerson(event.target.checked)}
        />
      )}
      <ReasonField value={reason} onChange={setReason} />
      {error !== undefined && <ErrorNote error={error} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy} disabled={preview.another_address && !isSamePerson}>
          Open everything
        </Button>
      </Actions>
    </form>
  );
}
