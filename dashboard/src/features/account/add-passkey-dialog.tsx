import { useState } from "react";
import type { SubmitEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { browserName } from "./browser-name.ts";
import { useAddPasskey } from "./passkeys.ts";
import { RecoveryCodes } from "./recovery-codes.tsx";

/** A name, the browser's own dialogue, and with the first second factor the recovery codes. */
export function AddPasskeyDialog({ onClose }: { onClose: () => void }) {
  const add = useAddPasskey();
  const [name, setName] = useState(browserName(navigator.userAgent));
  const [codes, setCodes] = useState<string[]>();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    add.mutate(name, {
      onSuccess: ({ recovery_codes }) => (recovery_codes === null ? onClose() : setCodes(recovery_codes)),
    });
  };
  if (codes !== undefined) {
    return (
      <Dialog open onClose={onClose} dismissible={false} title="The passkey is added">
        <RecoveryCodes codes={codes} onDone={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a passkey"
      description="Your browser asks for your finger, face, PIN or security key next. The password alone does not log you in any more then."
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Name"
          hint="How you tell it from others."
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {add.error !== null && <ErrorNote error={add.error} />}
        <Actions>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={add.isPending} disabled={name.trim() === ""}>
            Continue
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
