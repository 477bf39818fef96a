import { Ban, CalendarClock, RotateCw } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import type { Token } from "./tokens.ts";
import type { TokenAction } from "./use-token-dialogs.tsx";

/** The buttons of the token's own page; what is changed less often has a pencil among the facts. */
export function TokenActions({ token, ask }: { token: Token; ask: (token: Token, action: TokenAction) => void }) {
  if (token.status === "revoked") return null;
  return (
    <>
      <Button kind="primary" icon={<CalendarClock className="size-4" />} onClick={() => ask(token, "extend")}>
        Extend
      </Button>
      <Button icon={<RotateCw className="size-4" />} onClick={() => ask(token, "rotate")}>
        Rotate secret
      </Button>
      <Button kind="danger" icon={<Ban className="size-4" />} onClick={() => ask(token, "revoke")}>
        Revoke
      </Button>
    </>
  );
}
