import { CalendarPlus, Ban, Pencil, Plus, RotateCw } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Badge, StateBadge } from "../../ui/badge.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { Time } from "../../ui/time.tsx";
import type { Grant } from "./grants.ts";
import { narrowings, stateInWords } from "./line-words.ts";
import type { Line, Order } from "./lines.ts";
import type { GrantQuestion } from "./use-grant-dialogs.tsx";

type Ask = ((question: GrantQuestion) => void) | undefined;

/** What was bought with each order, line by line, and how it stands with it. */
export function OrderList({ orders, ask }: { orders: readonly Order[]; ask: Ask }) {
  return (
    <ul aria-label="Orders" className="divide-y divide-line">
      {orders.map((order) => (
        <li key={order.orderId} className="px-5 py-3.5">
          <div className="flex items-start justify-between gap-3">
            <h3 className="min-w-0 pt-1 font-medium wrap-anywhere">
              Order <bdi>{order.orderId}</bdi>
            </h3>
            {ask !== undefined && <OrderMenu order={order} ask={ask} />}
          </div>
          <ul aria-label={`Lines of order ${order.orderId}`} className="mt-1 flex flex-col gap-3">
            {order.lines.map((line) => (
              <LineItem key={line.ref.line} line={line} order={order} ask={ask} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

function LineItem({ line, order, ask }: { line: Line; order: Order; ask: Ask }) {
  const grant = line.first;
  const isOver = grant.status === "revoked" || grant.status === "lapsed";
  return (
    <li className="flex items-start gap-3 border-l-2 border-line pl-3.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Packages grants={line.sold} className={isOver ? "text-ink-2" : undefined} />
          <LineBadge grant={grant} />
        </p>
        <p className="mt-0.5 text-ink-2">{stateInWords(line)}</p>
        <Small>
          Line <bdi>{line.ref.line}</bdi>
          {grant.occurred_at !== null && (
            <>
              , sold or changed <Time at={grant.occurred_at} as="date" />
            </>
          )}
          {extrasOf(grant).map((extra) => (
            <span key={extra}>, {extra}</span>
          ))}
        </Small>
        {line.along.length > 0 && line.sold.length > 0 && (
          <Small>
            With it, because it requires them: <Packages grants={line.along} />
          </Small>
        )}
        {line.before.length > 0 && (
          <Small>
            Not any more: <Packages grants={line.before} />
          </Small>
        )}
      </div>
      {ask !== undefined && <LineMenu line={line} order={order} ask={ask} />}
    </li>
  );
}

/** Updates and end are in the sentence already. */
function extrasOf(grant: Grant): string[] {
  return narrowings({ ...grant, updates_until: null });
}

function Small({ children }: { children: ReactNode }) {
  return <p className="text-[0.93rem] wrap-anywhere text-ink-3">{children}</p>;
}

function LineBadge({ grant: { status, updates_until: updates } }: { grant: Grant }) {
  const [now] = useState(() => Date.now() / 1000);
  if (status === "revoked") return <Badge tone="bad">Cancelled</Badge>;
  if (status === "active" && updates !== null && updates <= now) return <Badge tone="warn">Updates ended</Badge>;
  return <StateBadge state={status} />;
}

function Packages({ grants, className }: { grants: readonly Grant[]; className?: string | undefined }) {
  return (
    <code className={classNames("wrap-anywhere", className)}>
      {grants.map(({ package_pattern: pattern }) => (pattern === "*" ? "everything" : pattern)).join(", ")}
    </code>
  );
}

function LineMenu({ line, order, ask }: { line: Line; order: Order; ask: NonNullable<Ask> }) {
  const { status, updates_until: updates, expires_at: end } = line.first;
  const isCancelled = status === "revoked";
  const hasDate = updates !== null || end !== null;
  return (
    <Menu label={`Actions for line ${line.ref.line} of order ${order.orderId}`}>
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

function OrderMenu({ order, ask }: { order: Order; ask: NonNullable<Ask> }) {
  const [first] = order.lines;
  if (first === undefined) return null;
  const isOver = order.lines.every(({ first: { status } }) => status === "revoked");
  return (
    <Menu label={`Actions for order ${order.orderId}`}>
      <MenuItem
        icon={<Plus />}
        onSelect={() => ask({ what: "add", owner: first.ref, prefill: { orderId: order.orderId } })}
      >
        Add a line…
      </MenuItem>
      {!isOver && (
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
