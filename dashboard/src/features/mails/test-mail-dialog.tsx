import { useState } from "react";
import { useSession } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useAttempt } from "../tokens/use-attempt.ts";
import { kindName, sendTestMail } from "./mails.ts";
import type { MailKind } from "./mails.ts";

export function TestMailDialog({ kind, open, onClose }: { kind: MailKind; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Send a test mail"
      description={`“${kindName(kind)}” with made-up values, handed to the mail server at once.`}
    >
      <TestForm kind={kind} onClose={onClose} />
    </Dialog>
  );
}

function TestForm({ kind, onClose }: { kind: MailKind; onClose: () => void }) {
  const { data } = useSession();
  const [to, setTo] = useState(data?.user?.email ?? "");
  const [refusal, setRefusal] = useState<string>();
  const { busy, attempt, field, otherError } = useAttempt();
  const toast = useToast();
  const other = otherError(["/to"]);
  const send = () =>
    attempt(async () => {
      setRefusal(undefined);
      const { delivered, answer } = await sendTestMail(kind, to.trim());
      if (!delivered) {
        setRefusal(answer);
        return;
      }
      toast(`The mail server took the mail to ${to.trim()}.`);
      onClose();
    });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      className="flex flex-col gap-4"
    >
      <TextField
        label="To"
        type="email"
        autoComplete="email"
        autoFocus
        value={to}
        error={field("/to")}
        onChange={(event) => setTo(event.target.value)}
      />
      {refusal !== undefined && (
        <div role="alert">
          <Note tone="warn">{refusal}</Note>
        </div>
      )}
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={busy}>
          Send
        </Button>
      </Actions>
    </form>
  );
}
