import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Badge, StateBadge } from "../../ui/badge.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { PatternList } from "./pattern-list.tsx";
import { ActionsCell, ActionsHead, LastUsed } from "./token-cells.tsx";
import { ExpiryText } from "./token-table.tsx";
import { buyerOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useTokenDialogs } from "./use-token-dialogs.tsx";

/** The tokens of one customer, beside what they bought: which part of that each opens, and whether it works. */
export function CredentialTable({
  tokens,
  email,
  endsByItself,
}: {
  tokens: Token[];
  /** The customer's; another one is told. */
  email: string | null;
  /** Not one that only shows the end of what was sold with it. */
  endsByItself: (token: Token) => boolean;
}) {
  const { ask, dialogs } = useTokenDialogs();
  const [failure, setFailure] = useState<string>();
  const mayChange = useMay("tokens:write");
  return (
    <>
      {failure !== undefined && <ErrorNote error={new Error(failure)} className="m-4" />}
      <Table
        label="Tokens of the customer"
        stacks
        head={
          <>
            <Th>Token</Th>
            <Th className="hidden md:table-cell">Opens</Th>
            <Th className="hidden sm:table-cell">State</Th>
            <Th className="hidden lg:table-cell">Limit</Th>
            <Th className="hidden sm:table-cell">Last used</Th>
            {mayChange && <ActionsHead />}
          </>
        }
      >
        {tokens.map((token) => (
          <Tr key={token.id}>
            <Td className="max-w-84">
              <TokenName token={token} emailOfCustomer={email} />
              <div className="mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-ink-2 sm:hidden">
                <State token={token} endsByItself={endsByItself(token)} />
              </div>
              <div className="mt-1.5 text-ink-2 md:hidden">
                <Opens token={token} />
              </div>
            </Td>
            <Td className="hidden max-w-64 text-ink-2 md:table-cell">
              <Opens token={token} />
            </Td>
            <Td className="hidden sm:table-cell">
              <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-ink-2">
                <State token={token} endsByItself={endsByItself(token)} />
              </span>
            </Td>
            <Td className="hidden whitespace-nowrap text-ink-2 lg:table-cell">
              {token.rate_limit_max === null ? "None" : `${token.rate_limit_max.toLocaleString()} an hour`}
            </Td>
            <Td className="hidden text-ink-2 sm:table-cell">
              <LastUsed token={token} />
            </Td>
            {mayChange && <ActionsCell token={token} ask={ask} onFailed={setFailure} />}
          </Tr>
        ))}
      </Table>
      {dialogs}
    </>
  );
}

function TokenName({ token, emailOfCustomer }: { token: Token; emailOfCustomer: string | null }) {
  const { orderId, email } = buyerOf(token);
  return (
    <>
      <div title={token.description}>
        <RowLink to={`/tokens/${token.id}`}>
          <code>…{token.last_four}</code>
        </RowLink>
      </div>
      <div className="truncate text-[0.93rem] text-ink-3">
        Made <Time at={token.created_at} as="date" />
        {orderId !== undefined && ` with order ${orderId}`}
        {email !== undefined && email !== emailOfCustomer && `, for ${email}`}
      </div>
    </>
  );
}

/** Which part of what they bought; what that is stands there. */
function Opens({ token }: { token: Token }) {
  const { orderId } = buyerOf(token);
  if (token.status === "revoked") return <span className="text-ink-3">Nothing any more</span>;
  if (token.allowed_package_prefixes === null) return <Badge tone="warn">Everything that is hosted</Badge>;
  switch (token.access) {
    case "own":
      return <>{orderId === undefined ? "What it was sold with, nothing else" : `Order ${orderId}, nothing else`}</>;
    case "customer":
      return <>Everything they bought</>;
    case "project":
      return (
        <>
          <span className="mb-1 block">A part of what they bought:</span>
          <PatternList token={{ ...token, access: "own" }} max={2} />
        </>
      );
  }
}

function State({ token, endsByItself }: { token: Token; endsByItself: boolean }) {
  const { status, expires_at: end } = token;
  return (
    <>
      <StateBadge state={status} />
      {(status === "revoked" || (endsByItself && end !== null)) && <ExpiryText token={token} alone />}
    </>
  );
}
