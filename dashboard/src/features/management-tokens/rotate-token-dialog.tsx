import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { useRotateManagementToken } from "./management-tokens.ts";
import type { ManagementToken } from "./management-tokens.ts";
import type { ShownSecret } from "./new-secret-dialog.tsx";

const HOUR = 3600;

const OVERLAPS = [
  {
    value: "0",
    label: "Not at all",
    hint: "When it may have leaked. The shop is refused until it has the new one.",
  },
  { value: String(HOUR), label: "1 hour" },
  { value: String(24 * HOUR), label: "1 day", hint: "Time to change the configuration without missing a sale." },
  { value: String(7 * 24 * HOUR), label: "7 days" },
  { value: String(30 * 24 * HOUR), label: "30 days" },
];

/** A new secret for the same token; how long the one before goes on is the question. */
export function RotateTokenDialog({
  token,
  onClose,
  onRotated,
}: {
  token: ManagementToken;
  onClose: () => void;
  onRotated: (shown: ShownSecret) => void;
}) {
  const rotate = useRotateManagementToken();
  const [overlap, setOverlap] = useState(String(24 * HOUR));
  const run = () => {
    rotate.mutate({ id: token.id, overlapSeconds: Number(overlap) }, { onSuccess: onRotated });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Rotate ${token.name}`}
      description={
        <>
          It gets a new secret; scopes, shop and package bound stay. An older secret that still works from an earlier
          rotation ends at once.
        </>
      }
    >
      <Choices
        legend={`How long the present secret, …${token.last_four}, goes on working`}
        choices={OVERLAPS}
        value={overlap}
        onChange={setOverlap}
      />
      {rotate.error !== null && <ErrorNote error={rotate.error} className="mt-4" />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" busy={rotate.isPending} onClick={run}>
          Rotate
        </Button>
      </Actions>
    </Dialog>
  );
}
