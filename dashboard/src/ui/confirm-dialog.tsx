import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { Actions, Dialog } from "./dialog.tsx";
import { ErrorNote } from "./error-note.tsx";

/**
 * Asks before something of weight. `children` says what will happen, and to whom; `confirm` repeats it as a verb.
 * Stays open with what went wrong when `onConfirm` fails.
 */
export function ConfirmDialog({
  open,
  onClose,
  title,
  confirm,
  kind = "destroy",
  onConfirm,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  confirm: string;
  /** Of the button that does it: `primary` where nothing is lost by it. */
  kind?: "destroy" | "primary";
  onConfirm: () => Promise<unknown>;
  children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const close = () => {
    setError(undefined);
    onClose();
  };
  return (
    <Dialog open={open} onClose={close} title={title}>
      <div className="flex flex-col gap-3 text-ink-2">{children}</div>
      {error !== undefined && <ErrorNote error={error} className="mt-4" />}
      <Actions>
        <Button onClick={close} autoFocus>
          Cancel
        </Button>
        <Button kind={kind} busy={busy} onClick={() => void run()}>
          {confirm}
        </Button>
      </Actions>
    </Dialog>
  );
}
