import { useState } from "react";
import type { ReactNode } from "react";
import { CancelDialog } from "./cancel-dialog.tsx";
import type { Cancelled } from "./cancel-dialog.tsx";
import { ChangeLineDialog, NewGrantDialog } from "./grant-dialog.tsx";
import type { GrantPrefill } from "./grant-dialog.tsx";
import type { GrantOwner, LineRef } from "./lines.ts";
import { RenewLineDialog } from "./renew-line-dialog.tsx";
import { SuspendOrderDialog } from "./suspend-order-dialog.tsx";
import type { NumberedOrder } from "./suspend-order-dialog.tsx";

export type GrantQuestion =
  | { what: "add"; owner: GrantOwner; prefill?: GrantPrefill }
  | { what: "renew" | "change"; line: LineRef }
  | ({ what: "cancel" } & Cancelled)
  | ({ what: "suspend" | "resume" } & NumberedOrder);

/** One set of dialogs for a whole page: `ask` opens one, `dialogs` stands anywhere in it. */
export function useGrantDialogs(): { ask: (question: GrantQuestion) => void; dialogs: ReactNode } {
  const [asked, setAsked] = useState<{ question: GrantQuestion; open: boolean }>();
  const props = {
    open: asked?.open ?? false,
    onClose: () => setAsked((before) => before && { ...before, open: false }),
  };
  return {
    ask: (question) => setAsked({ question, open: true }),
    dialogs: asked && dialogOf(asked.question, props),
  };
}

function dialogOf(question: GrantQuestion, props: { open: boolean; onClose: () => void }): ReactNode {
  switch (question.what) {
    case "add":
      return <NewGrantDialog {...props} of={question.owner} {...(question.prefill && { prefill: question.prefill })} />;
    case "renew":
      return <RenewLineDialog {...props} of={question.line} />;
    case "change":
      return <ChangeLineDialog {...props} of={question.line} />;
    case "cancel":
      return <CancelDialog {...props} of={question} />;
    case "suspend":
    case "resume":
      return <SuspendOrderDialog {...props} of={question} ends={question.what === "resume"} />;
  }
}
