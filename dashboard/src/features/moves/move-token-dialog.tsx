import { useState } from "react";
import { nameOf } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import { MoveDialog } from "./move-dialog.tsx";
import { moveToken, previewTokenMove, useEverythingChanged } from "./moves.ts";
import { NewOwnerFields } from "./new-owner-fields.tsx";

/** Gives one token to another customer, such as a project that an agency hands over. */
export function MoveTokenDialog({ token, open, onClose }: { token: Token; open: boolean; onClose: () => void }) {
  const [owner, setOwner] = useState({ customerId: "", email: "" });
  const changed = useEverythingChanged();
  return (
    <MoveDialog
      open={open}
      onClose={onClose}
      title="Give this token to somebody else"
      description={`${nameOf(token)} …${token.last_four}`}
      confirm="Give the token away"
      isReady={owner.customerId.trim() !== ""}
      pointers={["/customer_id", "/email"]}
      preview={() => previewTokenMove(token.id, owner)}
      move={(rotate, onceKey) => moveToken(token.id, owner, rotate, `${onceKey}-${owner.customerId.length}`)}
      onDone={() => void changed()}
    >
      {(field) => (
        <>
          <p className="text-ink-2">
            Only this token changes hands; everything else of its customer stays. It names the new owner from then on.
          </p>
          <NewOwnerFields
            owner={owner}
            onChange={setOwner}
            field={field}
            pointers={{ customerId: "/customer_id", email: "/email" }}
          />
        </>
      )}
    </MoveDialog>
  );
}
