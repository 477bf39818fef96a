import { useState } from "react";
import type { ReactNode } from "react";
import { ExtendDialog } from "./extend-dialog.tsx";
import { ConvertTokenDialog } from "./convert-token-dialog.tsx";
import { MoveTokenDialog } from "../moves/move-token-dialog.tsx";
import { LimitDialog } from "./limit-dialog.tsx";
import { PackagesDialog } from "./packages-dialog.tsx";
import { RestoreTokenDialog } from "./restore-token-dialog.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import { RotateDialog } from "./rotate-dialog.tsx";
import { ResumeDialog, SuspendDialog } from "./suspend-dialog.tsx";
import type { Token } from "./tokens.ts";

export type TokenAction =
  "extend" | "packages" | "limit" | "rotate" | "move" | "convert" | "suspend" | "resume" | "revoke" | "restore";

/** One set of dialogs for a whole list: `ask` opens one for a token, `dialogs` stands anywhere in the page. */
export function useTokenDialogs(): { ask: (token: Token, action: TokenAction) => void; dialogs: ReactNode } {
  const [asked, setAsked] = useState<{ token: Token; action: TokenAction; open: boolean }>();
  const close = () => setAsked((before) => before && { ...before, open: false });
  const dialogs =
    asked === undefined
      ? null
      : (() => {
          const props = (action: TokenAction) => ({
            token: asked.token,
            open: asked.open && asked.action === action,
            onClose: close,
          });
          return (
            <>
              <ExtendDialog {...props("extend")} />
              <PackagesDialog {...props("packages")} />
              <LimitDialog {...props("limit")} />
              <RotateDialog {...props("rotate")} />
              <SuspendDialog {...props("suspend")} />
              <ResumeDialog {...props("resume")} />
              <MoveTokenDialog {...props("move")} />
              <ConvertTokenDialog {...props("convert")} />
              <RevokeDialog {...props("revoke")} />
              <RestoreTokenDialog {...props("restore")} />
            </>
          );
        })();
  return { ask: (token, action) => setAsked({ token, action, open: true }), dialogs };
}
