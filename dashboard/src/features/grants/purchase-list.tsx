import { useState } from "react";
import type { ReactNode } from "react";
import { Badge, StateBadge } from "../../ui/badge.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Time } from "../../ui/time.tsx";
import type { Token } from "../tokens/tokens.ts";
import type { TokenAction } from "../tokens/use-token-dialogs.tsx";
import type { Grant } from "./grants.ts";
import { isInGrace, narrowings, stateInWords } from "./line-words.ts";
import { OpenedBy } from "./opened-by.tsx";
import { HeldMenu, LineMenu, OrderMenu } from "./purchase-menus.tsx";
import { isOrderSuspended, soldAt } from "./purchases.ts";
import type { Held, Line, Order, Purchase } from "./purchases.ts";
import type { GrantQuestion } from "./use-grant-dialogs.tsx";

/** What may be done; undefined for who may not. */
export interface PurchaseDoing {
  askOfLine: ((question: GrantQuestion) => void) | undefined;
  askOfToken: ((token: Token, action: TokenAction) => void) | undefined;
}

interface Shown extends PurchaseDoing {
  order: Order;
  tokens: ReadonlyMap<string, Token>;
}

/** What was bought with each order, how it stands with it, and which token opens it. */
export function PurchaseList({
  orders,
  ...shown
}: PurchaseDoing & { orders: readonly Order[]; tokens: ReadonlyMap<string, Token> }) {
  return (
    <ul aria-label="Orders" className="divide-y divide-line">
      {orders.map((order) => (
        <li key={order.orderId ?? ""} className="px-5 py-3.5">
          <OrderItem {...shown} order={order} />
        </li>
      ))}
    </ul>
  );
}

function OrderItem({ order, tokens, askOfLine, askOfToken }: Shown) {
  const { orderId, lines, held } = order;
  return (
    <>
      <div className="flex items-start justify-between gap-3">
        <h3 className="min-w-0 pt-1 font-medium wrap-anywhere">
          <OrderName orderId={orderId} tokens={tokens} />
        </h3>
        {askOfLine !== undefined && (
          <OrderMenu
            order={order}
            isSuspended={isOrderSuspended(order, tokens)}
            maySuspend={askOfToken !== undefined}
            ask={askOfLine}
          />
        )}
      </div>
      <ul
        aria-label={orderId === undefined ? "Without an order" : `Bought with order ${orderId}`}
        className="mt-1 flex flex-col gap-3"
      >
        {lines.map((line) => (
          <PurchaseItem
            key={`line ${line.ref.line}`}
            purchase={line}
            tokens={tokens}
            menu={askOfLine !== undefined && <LineMenu line={line} order={order} ask={askOfLine} />}
          />
        ))}
        {held.map((one) => {
          const token = tokens.get(one.tokenId ?? "");
          return (
            <PurchaseItem
              key={`held ${one.tokenId ?? ""}`}
              purchase={one}
              tokens={tokens}
              menu={
                token !== undefined &&
                askOfToken !== undefined && <HeldMenu token={token} orderId={orderId} ask={askOfToken} />
              }
            />
          );
        })}
      </ul>
    </>
  );
}

/** A sale without an order's number is an order that has its token's name. */
function OrderName({ orderId, tokens }: { orderId: string | undefined; tokens: ReadonlyMap<string, Token> }) {
  if (orderId === undefined) return <>Without an order</>;
  const seller = tokens.get(orderId);
  if (seller !== undefined) return <>Without an order, with the token …{seller.last_four}</>;
  return (
    <>
      Order <bdi>{orderId}</bdi>
    </>
  );
}

function PurchaseItem({
  purchase,
  tokens,
  menu,
}: {
  purchase: Line | Held;
  tokens: ReadonlyMap<string, Token>;
  menu: ReactNode;
}) {
  const { first, sold, along, before } = purchase;
  const isOver = first.status === "revoked" || first.status === "lapsed";
  return (
    <li className="flex items-start gap-3 border-l-2 border-line pl-3.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Packages grants={sold} className={isOver ? "text-ink-2" : undefined} />
          <PurchaseBadge grant={first} />
        </p>
        <p className="mt-0.5 text-ink-2">{stateInWords(purchase)}</p>
        {(!isOver || "tokenId" in purchase) && (
          <p className="text-ink-2">
            <OpenedBy purchase={purchase} tokens={tokens} isOver={isOver} />.
          </p>
        )}
        <Origin purchase={purchase} />
        {along.length > 0 && sold.length > 0 && (
          <Small>
            With it, because it requires them: <Packages grants={along} />
          </Small>
        )}
        {before.length > 0 && (
          <Small>
            Not any more: <Packages grants={before} />
          </Small>
        )}
      </div>
      {menu}
    </li>
  );
}

/** Where it comes from, and what else is agreed; updates and end are in the sentence already. */
function Origin({ purchase }: { purchase: Line | Held }) {
  const narrowed = narrowings({ ...purchase.first, updates_until: null });
  return (
    <Small>
      {"ref" in purchase && !isNamedByPackages(purchase) ? (
        <>
          Line <bdi>{purchase.ref.line}</bdi>, sold or changed
        </>
      ) : (
        "Sold or changed"
      )}{" "}
      <Time at={soldAt(purchase)} as="date" />
      {narrowed.map((one) => (
        <span key={one}>, {one}</span>
      ))}
    </Small>
  );
}

/** As the lines are that sales of tokens make: it would be said twice. */
function isNamedByPackages({ ref, sold }: Line): boolean {
  const names = sold.map((grant) => grant.package_pattern).toSorted();
  return ref.line === names.join(", ");
}

function Small({ children }: { children: ReactNode }) {
  return <p className="text-[0.93rem] wrap-anywhere text-ink-3">{children}</p>;
}

function PurchaseBadge({ grant }: { grant: Purchase["first"] }) {
  const [now] = useState(() => Date.now() / 1000);
  const { status, updates_until: updates } = grant;
  if (status === "revoked") return <Badge tone="bad">Cancelled</Badge>;
  if (isInGrace(grant, now)) return <Badge tone="warn">In grace</Badge>;
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
