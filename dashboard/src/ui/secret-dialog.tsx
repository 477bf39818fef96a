import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Actions, Dialog } from "./dialog.tsx";
import { Checkbox } from "./field.tsx";
import { SecretBox } from "./secret-box.tsx";

/** A secret, once. It does not close before somebody says that it is in a safe place. */
export function SecretDialog({
  title,
  description,
  secret,
  name,
  note,
  onClose,
  children,
}: {
  title: string;
  description: ReactNode;
  secret: string;
  /** What it is, for the button that copies it. */
  name: string;
  note?: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <Dialog open wide dismissible={false} onClose={onClose} title={title} description={description}>
      <div className="flex flex-col gap-5">
        <SecretBox secret={secret} name={name} {...(note === undefined ? {} : { note })} />
        {children}
        <Checkbox
          label="I have copied it"
          hint="Nobody can show it to you again."
          checked={copied}
          onChange={(event) => setCopied(event.target.checked)}
        />
      </div>
      <Actions>
        <Button kind="primary" disabled={!copied} onClick={onClose}>
          Done
        </Button>
      </Actions>
    </Dialog>
  );
}
