import { CalendarClock, Package, Pause, Play, Undo2 } from "lucide-react";
import { MenuItem } from "../../ui/menu.tsx";
import type { Token } from "./tokens.ts";
import type { TokenAction } from "./use-token-dialogs.tsx";

/** An entry of a menu about one token. */
interface TokenItem {
  token: Token;
  ask: (token: Token, action: TokenAction) => void;
}

export function UndoRevocationItem({ token, ask }: TokenItem) {
  return (
    <MenuItem icon={<Undo2 />} onSelect={() => ask(token, "restore")}>
      Undo revocation…
    </MenuItem>
  );
}

/** What it was sold with: until when, and which packages. */
export function TermItems({ token, ask }: TokenItem) {
  return (
    <>
      <MenuItem icon={<CalendarClock />} onSelect={() => ask(token, "extend")}>
        Change expiry…
      </MenuItem>
      <MenuItem icon={<Package />} onSelect={() => ask(token, "packages")}>
        Change packages…
      </MenuItem>
    </>
  );
}

/** `noun`: of what, where the menu is about more than the token. */
export function SuspendItem({ token, ask, noun }: TokenItem & { noun?: string }) {
  const isSuspended = token.suspended_by.includes("token");
  const verb = isSuspended ? "Resume" : "Suspend";
  return (
    <MenuItem icon={isSuspended ? <Play /> : <Pause />} onSelect={() => ask(token, isSuspended ? "resume" : "suspend")}>
      {noun === undefined ? `${verb}…` : `${verb} ${noun}…`}
    </MenuItem>
  );
}
