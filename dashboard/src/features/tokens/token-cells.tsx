import { Td, Th } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { TokenMenu } from "./token-menu.tsx";
import type { Token } from "./tokens.ts";
import type { TokenAction } from "./use-token-dialogs.tsx";

/** When composer last came with it. */
export function LastUsed({ token }: { token: Pick<Token, "last_used_at"> }) {
  if (token.last_used_at === null) return <span className="text-ink-3">Never</span>;
  return <Time at={token.last_used_at} />;
}

/** Above {@link ActionsCell}. */
export function ActionsHead() {
  return (
    <Th className="w-12">
      <span className="sr-only">Actions</span>
    </Th>
  );
}

export function ActionsCell({
  token,
  ask,
  onFailed,
}: {
  token: Token;
  ask: (token: Token, action: TokenAction) => void;
  onFailed: (text: string) => void;
}) {
  return (
    <Td className="w-12 text-right">
      <span className="relative z-10">
        <TokenMenu token={token} ask={ask} onFailed={onFailed} />
      </span>
    </Td>
  );
}
