import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { newOnceKey } from "../tokens/tokens.ts";
import { useAttempt } from "../tokens/use-attempt.ts";
import type { Done, MovePreview } from "./moves.ts";
import { NewSecrets } from "./new-secrets.tsx";
import { PreviewList } from "./preview-list.tsx";

const SECRETS = [
  { value: "new", label: "Give new secrets" },
  { value: "same", label: "Leave them" },
] as const;

/** What a form shows of a refusal. */
export type FieldError = (pointer: string) => string | undefined;

interface MoveDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description: string;
  /** What the button that does it says. */
  confirm: string;
  /** Whether the form is filled in. */
  isReady: boolean;
  /** Which fields show what is wrong with them. */
  pointers: readonly string[];
  children: (field: FieldError) => ReactNode;
  preview: () => Promise<MovePreview>;
  move: (rotate: boolean, onceKey: string) => Promise<Done>;
  /** After the new secrets were shown. */
  onDone: (done: Done) => void;
}

/** Asks to whom, shows what each token would open then, does it, and shows the new secrets once. */
export function MoveDialog({ open, onClose, title, description, onDone, ...form }: MoveDialogProps) {
  const [done, setDone] = useState<Done>();
  const close = () => {
    onClose();
    if (done === undefined) return;
    setDone(undefined);
    onDone(done);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      wide={done !== undefined}
      dismissible={done === undefined}
      title={done === undefined ? title : `Done: it is with customer ${done.customer_id} now`}
      description={done === undefined ? description : "It can be undone for 30 days on the customer's page."}
    >
      {done === undefined ? (
        <MoveForm {...form} onDone={setDone} onClose={close} />
      ) : (
        <NewSecrets tokens={done.tokens} warnings={done.warnings} onClose={close} />
      )}
    </Dialog>
  );
}

function MoveForm({
  confirm,
  isReady,
  pointers,
  children,
  preview,
  move,
  onDone,
  onClose,
}: Omit<MoveDialogProps, "open" | "title" | "description">) {
  const [shown, setShown] = useState<MovePreview>();
  const [secrets, setSecrets] = useState<(typeof SECRETS)[number]["value"]>("new");
  const [onceKey] = useState(newOnceKey);
  const { busy, attempt, field, otherError } = useAttempt();
  const other = otherError(pointers);
  const next = () =>
    attempt(async () => {
      if (shown === undefined) setShown(await preview());
      else onDone(await move(secrets === "new", `${onceKey}-${secrets}`));
    });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void next();
      }}
      className="flex flex-col gap-4"
    >
      {shown === undefined ? (
        children(field)
      ) : (
        <>
          <PreviewList preview={shown} />
          <Choices
            legend="The secrets of the tokens that go along"
            choices={SECRETS}
            value={secrets}
            onChange={setSecrets}
          />
        </>
      )}
      {other !== undefined && <ErrorNote error={other} />}
      <Actions>
        {shown === undefined ? (
          <Button onClick={onClose}>Cancel</Button>
        ) : (
          <Button onClick={() => setShown(undefined)}>Back</Button>
        )}
        <Button type="submit" kind="primary" busy={busy} disabled={!isReady}>
          {shown === undefined ? "Show what changes" : confirm}
        </Button>
      </Actions>
    </form>
  );
}
