import { ArrowRightLeft, Ban, CalendarPlus, Gauge, RotateCw, Users } from "lucide-react";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { formatDate } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { describeError } from "../../api/errors.ts";
import { canOpenCustomer } from "./convert-token.ts";
import { extendedBy } from "./expiry.ts";
import { SuspendItem, TermItems, UndoRevocationItem } from "./token-menu-items.tsx";
import { changeToken, nameOf, useTokensChanged } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import type { TokenAction } from "./use-token-dialogs.tsx";

/** What one can do with a token in its row. One that is revoked for good has no menu. */
export function TokenMenu({
  token,
  ask,
  onFailed,
}: {
  token: Token;
  ask: (token: Token, action: TokenAction) => void;
  onFailed: (text: string) => void;
}) {
  const tokensChanged = useTokensChanged();
  const toast = useToast();
  if (token.status === "revoked") {
    if (token.restorable_until === null) return null;
    return (
      <Menu label={`Actions for ${nameOf(token)}, token ${token.last_four}`}>
        <UndoRevocationItem token={token} ask={ask} />
      </Menu>
    );
  }
  const nextYear = extendedBy(12, token.expires_at);
  const extend = async () => {
    try {
      await changeToken(token.id, { expires_at: nextYear });
      await tokensChanged();
      toast(`The token of ${nameOf(token)} works until ${formatDate(nextYear)}.`);
    } catch (error) {
      onFailed(`The token of ${nameOf(token)} was not extended. ${describeError(error).text}`);
    }
  };
  return (
    <Menu label={`Actions for ${nameOf(token)}, token ${token.last_four}`}>
      {token.expires_at !== null && (
        <MenuItem icon={<CalendarPlus />} onSelect={() => void extend()}>
          Extend by a year, to {formatDate(nextYear)}
        </MenuItem>
      )}
      <TermItems token={token} ask={ask} />
      <MenuItem icon={<Gauge />} onSelect={() => ask(token, "limit")}>
        Change limit…
      </MenuItem>
      <MenuItem icon={<RotateCw />} onSelect={() => ask(token, "rotate")}>
        Rotate secret…
      </MenuItem>
      <SuspendItem token={token} ask={ask} />
      <MenuItem icon={<ArrowRightLeft />} onSelect={() => ask(token, "move")}>
        Give to another customer…
      </MenuItem>
      {canOpenCustomer(token) && (
        <MenuItem icon={<Users />} onSelect={() => ask(token, "convert")}>
          Open everything the customer has…
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={<Ban />} danger onSelect={() => ask(token, "revoke")}>
        Revoke…
      </MenuItem>
    </Menu>
  );
}
