import { useState } from "react";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { ReasonField, reasonOf } from "../../ui/reason-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { nameOf, resumeToken, suspendToken, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** Closes a token for a while, without moving a date. */
export function SuspendDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Suspend this token?"
      confirm="Suspend token"
      onConfirm={async () => {
        await suspendToken(token.id, reasonOf(reason));
        await tokensChanged();
        toast(`The token …${token.last_four} is suspended.`);
      }}
    >
      <p>
        Composer is refused with the token <code>…{token.last_four}</code> of{" "}
        <strong className="font-semibold [overflow-wrap:anywhere] text-ink">{nameOf(token)}</strong> from the next
        request on, and says that it is suspended.
      </p>
      <ReasonField value={reason} onChange={setReason} placeholder="The invoice is unpaid" />
      <Note>No date moves. Resume it, and the same token works again without a change on their side.</Note>
    </ConfirmDialog>
  );
}

/** Ends that; what else suspends the token is said. */
export function ResumeDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  const others = token.suspended_by.filter((one) => one !== "token");
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title="Resume this token?"
      confirm="Resume token"
      kind="primary"
      onConfirm={async () => {
        const { status } = await resumeToken(token.id, reasonOf(reason));
        await tokensChanged();
        toast(
          status === "suspended"
            ? `The token …${token.last_four} is still suspended, with its ${others.join(" and ")}.`
            : `The token …${token.last_four} is resumed.`,
        );
      }}
    >
      <p>
        The token <code>…{token.last_four}</code> of{" "}
        <strong className="font-semibold [overflow-wrap:anywhere] text-ink">{nameOf(token)}</strong> opens again what it
        did, until the end it has.
      </p>
      <ReasonField value={reason} onChange={setReason} />
      {others.length > 0 && (
        <Note tone="warn">
          Its {others.join(" and its ")} {others.length === 1 ? "is" : "are"} suspended too: the token stays closed
          until that is resumed as well.
        </Note>
      )}
    </ConfirmDialog>
  );
}
