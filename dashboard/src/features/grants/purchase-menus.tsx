import { Ban, CalendarPlus, Pause, Pencil, Play, Plus, RotateCw } from "lucide-react";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { SuspendItem, TermItems, UndoRevocationItem } from "../tokens/token-menu-items.tsx";
import type { Token } from "../tokens/tokens.ts";
import type { TokenAction } from "../tokens/use-token-dialogs.tsx";
import type { Line, Order } from "./purchases.ts";
import type { GrantQuestion } from "./use-grant-dialogs.tsx";

type Ask = (question: GrantQuestion) => void;

export function LineMenu({ line, order, ask }: { line: Line; order: Order; ask: Ask }) {
  const { status, updates_until: updates, expires_at: end } = line.first;
  const isCancelled = status === "revoked";
  const hasDate = updates !== null || end !== null;
  return (
    <Menu label={`Actions for line ${line.ref.line} of order ${line.ref.orderId}`}>
      {hasDate && !isCancelled && (
        <MenuItem icon={<CalendarPlus />} onSelect={() => ask({ what: "renew", line: line.ref })}>
          Renew…
        </MenuItem>
      )}
      <MenuItem icon={isCancelled ? <RotateCw /> : <Pencil />} onSelect={() => ask({ what: "change", line: line.ref })}>
        {isCancelled ? "Grant it again…" : "Change…"}
      </MenuItem>
      {!isCancelled && (
        <>
          <MenuSeparator />
          <MenuItem icon={<Ban />} danger onSelect={() => ask({ what: "cancel", order, line })}>
            Cancel line…
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

/** What is done with what a token was sold with is done with the token. */
export function HeldMenu({
  token,
  orderId,
  ask,
}: {
  token: Token;
  orderId: string | undefined;
  ask: (token: Token, action: TokenAction) => void;
}) {
  const label = `Actions for what was sold with token ${token.last_four}`;
  if (token.status === "revoked") {
    if (token.restorable_until === null) return null;
    return (
      <Menu label={orderId === undefined ? label : `${label}, order ${orderId}`}>
        <UndoRevocationItem token={token} ask={ask} />
      </Menu>
    );
  }
  return (
    <Menu label={orderId === undefined ? label : `${label}, order ${orderId}`}>
      <TermItems token={token} ask={ask} />
      <SuspendItem token={token} ask={ask} noun="token" />
      <MenuSeparator />
      <MenuItem icon={<Ban />} danger onSelect={() => ask(token, "revoke")}>
        Revoke token…
      </MenuItem>
    </Menu>
  );
}

/** Nothing for what was sold without an order, or is over. */
export function OrderMenu({
  order,
  isSuspended,
  maySuspend,
  ask,
}: {
  order: Order;
  isSuspended: boolean;
  maySuspend: boolean;
  ask: Ask;
}) {
  const { owner, orderId, lines, held } = order;
  if (orderId === undefined) return null;
  const isLineOn = lines.some(({ first: { status } }) => status !== "revoked");
  const isOn = isLineOn || held.some(({ first: { status } }) => status !== "revoked");
  const canSuspend = maySuspend && isOn;
  if (lines.length === 0 && !canSuspend) return null;
  return (
    <Menu label={`Actions for order ${orderId}`}>
      {lines.length > 0 && (
        <MenuItem icon={<Plus />} onSelect={() => ask({ what: "add", owner, prefill: { orderId } })}>
          Add a line…
        </MenuItem>
      )}
      {canSuspend && (
        <MenuItem
          icon={isSuspended ? <Play /> : <Pause />}
          onSelect={() => ask({ what: isSuspended ? "resume" : "suspend", owner, orderId })}
        >
          {isSuspended ? "Resume order…" : "Suspend order…"}
        </MenuItem>
      )}
      {isLineOn && (
        <>
          <MenuSeparator />
          <MenuItem icon={<Ban />} danger onSelect={() => ask({ what: "cancel", order })}>
            Cancel order…
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
