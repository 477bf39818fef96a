import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { Time } from "../../ui/time.tsx";
import type { OneTimeLink } from "./users.ts";

export interface ShownLink extends OneTimeLink {
  kind: "invitation" | "password";
  /** Whose it is, and where it was mailed to. */
  email: string;
}

/** A link that works once; mailed, or for the user of this page to hand over. */
export function LinkDialog({ shown, onClose }: { shown: ShownLink; onClose: () => void }) {
  const isInvitation = shown.kind === "invitation";
  return (
    <Dialog
      open
      wide
      dismissible={false}
      onClose={onClose}
      title={isInvitation ? "Invitation link" : "Link for a new password"}
      description={
        shown.mailed ? (
          <>
            It is on its way to <strong className="font-medium break-words text-ink">{shown.email}</strong>. In case the
            mail gets lost, here it is as well.
          </>
        ) : (
          <>
            This server sends no mail, so hand it to{" "}
            <strong className="font-medium break-words text-ink">{shown.email}</strong> yourself, in a way that only
            they can read.
          </>
        )
      }
    >
      <div className="flex flex-col gap-3">
        <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3.5">
          <code className="min-w-0 flex-1 break-all select-all">{shown.link}</code>
          <CopyButton text={shown.link} label="Copy link" />
        </div>
        <p className="text-ink-2">
          Works once, until <Time at={shown.expires_at} as="date-time" />.{" "}
          {isInvitation
            ? "Whoever opens it chooses a password and is logged in. A later invitation ends this one."
            : "The present password and sessions stay until it is used. It is not shown again, but you can make another one."}
        </p>
      </div>
      <Actions>
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </Actions>
    </Dialog>
  );
}
