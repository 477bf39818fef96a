import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { useAttempt } from "../tokens/use-attempt.ts";

interface Erasing {
  who: string;
  /** What must be typed, because nothing brings back what is erased. */
  typed: { label: string; value: string };
  confirm: string;
  onConfirm: () => Promise<void>;
  /** What will happen, in list items. */
  children: ReactNode;
}

/** Asks before somebody is forgotten: the one thing that nothing undoes. */
export function EraseDialog({
  open,
  onClose,
  title,
  ...erasing
}: Erasing & { title: string; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <EraseForm onClose={onClose} {...erasing} />
    </Dialog>
  );
}

function EraseForm({ who, typed, confirm, onConfirm, children, onClose }: Erasing & { onClose: () => void }) {
  const [text, setText] = useState("");
  const { busy, error, attempt } = useAttempt();
  const isRight = text.trim() === typed.value;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight) void attempt(onConfirm);
      }}
      className="flex flex-col gap-4"
    >
      <div className="flex flex-col gap-2 text-ink-2">
        <p>
          <strong className="font-semibold [overflow-wrap:anywhere] text-ink">{who}</strong> is forgotten:
        </p>
        <ul className="list-disc space-y-1 pl-5 [overflow-wrap:anywhere]">{children}</ul>
      </div>
      <Note tone="warn">
        This cannot be undone. Backups that were made before hold it still, and so do mails and messages that were sent.
      </Note>
      <TextField
        label={typed.label}
        mono
        autoComplete="off"
        spellCheck={false}
        value={text}
        placeholder={typed.value}
        onChange={(event) => setText(event.target.value)}
      />
      {error !== undefined && <ErrorNote error={error} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="destroy" busy={busy} disabled={!isRight}>
          {confirm}
        </Button>
      </Actions>
    </form>
  );
}
