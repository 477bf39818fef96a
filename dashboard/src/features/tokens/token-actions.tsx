import { ArrowRightLeft, Ban, CalendarClock, Pause, Play, RotateCw, Undo2 } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import type { Token } from "./tokens.ts";
import type { TokenAction } from "./use-token-dialogs.tsx";

/** The buttons of the token's own page; what is changed less often has a pencil among the facts. */
export function TokenActions({ token, ask }: { token: Token; ask: (token: Token, action: TokenAction) => void }) {
  if (token.status === "revoked") {
    if (token.restorable_until === null) return null;
    return (
      <Button icon={<Undo2 className="size-4" />} onClick={() => ask(token, "restore")}>
        Undo revocation
      </Button>
    );
  }
  const isSuspended = token.suspended_by.includes("token");
  return (
    <>
      <Button kind="primary" icon={<CalendarClock className="size-4" />} onClick={() => ask(token, "extend")}>
        Extend
      </Button>
      <Button icon={<RotateCw className="size-4" />} onClick={() => ask(token, "rotate")}>
        Rotate secret
      </Button>
      {isSuspended ? (
        <Button icon={<Play className="size-4" />} onClick={() => ask(token, "resume")}>
          Resume
        </Button>
      ) : (
        <Button icon={<Pause className="size-4" />} onClick={() => ask(token, "suspend")}>
          Suspend
        </Button>
      )}
      <Button icon={<ArrowRightLeft className="size-4" />} onClick={() => ask(token, "move")}>
        Give away
      </Button>
      <Button kind="danger" icon={<Ban className="size-4" />} onClick={() => ask(token, "revoke")}>
        Revoke
      </Button>
    </>
  );
}
