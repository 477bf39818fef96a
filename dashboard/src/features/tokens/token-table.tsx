import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { StateBadge } from "../../ui/badge.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { PatternList } from "./pattern-list.tsx";
import { ActionsCell, ActionsHead, LastUsed } from "./token-cells.tsx";
import { buyerOf, nameOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { useTokenDialogs } from "./use-token-dialogs.tsx";

/** Tokens in rows; on a phone what stands in the columns goes below the name. */
export function TokenTable({ tokens, label }: { tokens: Token[]; label: string }) {
  const { ask, dialogs } = useTokenDialogs();
  const [failure, setFailure] = useState<string>();
  const mayChange = useMay("tokens:write");
  return (
    <>
      {failure !== undefined && <ErrorNote error={new Error(failure)} className="m-4" />}
      <Table
        label={label}
        stacks
        head={
          <>
            <Th>Customer</Th>
            <Th className="hidden md:table-cell">Packages</Th>
            <Th className="hidden sm:table-cell">State</Th>
            <Th className="hidden sm:table-cell">Expires</Th>
            <Th className="hidden lg:table-cell">Last used</Th>
            <Th className="hidden sm:table-cell">Ends in</Th>
            {mayChange && <ActionsHead />}
          </>
        }
      >
        {tokens.map((token) => (
          <Tr key={token.id}>
            <Td className="max-w-84">
              <TokenName token={token} />
              <div className="mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-ink-2 sm:hidden">
                <StateBadge state={token.status} />
                <ExpiryText token={token} alone />
                <code>…{token.last_four}</code>
              </div>
              <div className="mt-1.5 md:hidden">
                <PatternList token={token} max={2} />
              </div>
            </Td>
            <Td className="hidden max-w-64 md:table-cell">
              <PatternList token={token} max={2} />
            </Td>
            <Td className="hidden sm:table-cell">
              <StateBadge state={token.status} />
            </Td>
            <Td className="hidden text-ink-2 sm:table-cell">
              <ExpiryText token={token} />
            </Td>
            <Td className="hidden text-ink-2 lg:table-cell">
              <LastUsed token={token} />
            </Td>
            <Td className="hidden text-ink-2 sm:table-cell">
              <code>…{token.last_four}</code>
            </Td>
            {mayChange && <ActionsCell token={token} ask={ask} onFailed={setFailure} />}
          </Tr>
        ))}
      </Table>
      {dialogs}
    </>
  );
}

function TokenName({ token }: { token: Token }) {
  const { customerId, orderId } = buyerOf(token);
  const facts = [
    customerId === undefined ? "Guest" : `Customer ${customerId}`,
    ...(orderId === undefined ? [] : [`order ${orderId}`]),
  ].join(", ");
  return (
    <>
      <div className="truncate" title={token.description}>
        <RowLink to={`/tokens/${token.id}`}>{nameOf(token)}</RowLink>
      </div>
      <div className="truncate text-[0.93rem] text-ink-3">{facts}</div>
    </>
  );
}

/** Until when, or since when not any more; `alone` where no column says what it is. */
export function ExpiryText({
  token,
  alone = false,
}: {
  token: Pick<Token, "expires_at" | "revoked_at" | "status">;
  alone?: boolean;
}) {
  if (token.revoked_at !== null) {
    return (
      <>
        {alone ? "on" : "Revoked"} <Time at={token.revoked_at} as="date" />
      </>
    );
  }
  if (token.expires_at === null) return <span>{alone ? "no end date" : "Never"}</span>;
  return (
    <span>
      {alone && (token.status === "expired" ? "on " : "until ")}
      <Time at={token.expires_at} as="date" />
    </span>
  );
}
