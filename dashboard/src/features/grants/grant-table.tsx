import { Link } from "react-router";
import { StateBadge } from "../../ui/badge.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { Time, formatDate } from "../../ui/time.tsx";
import { buyerOf } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import type { Grant } from "./grants.ts";

/** What may be read, through which token, until when. `tokens` of the customer, by id, name the end of their secret and their order. */
export function GrantTable({ grants, tokens }: { grants: Grant[]; tokens: ReadonlyMap<string, Token> }) {
  return (
    <Table
      label="Grants"
      head={
        <>
          <Th>Packages</Th>
          <Th>State</Th>
          <Th className="hidden sm:table-cell">Held by</Th>
          <Th className="hidden sm:table-cell">Order</Th>
          <Th>Ends</Th>
          <Th className="hidden md:table-cell">Since</Th>
        </>
      }
    >
      {grants.map((grant) => (
        <tr key={grant.id}>
          <Td>
            <code className="break-all">{grant.package_pattern === "*" ? "everything" : grant.package_pattern}</code>
            <GrantTerms grant={grant} />
          </Td>
          <Td>
            <StateBadge state={grant.status} />
          </Td>
          <Td className="hidden sm:table-cell">
            {grant.token === null ? (
              <span className="text-ink-2">The customer</span>
            ) : (
              <Link to={`/tokens/${grant.token}`} className="whitespace-nowrap text-accent-text hover:underline">
                Token {tokens.has(grant.token) ? `…${tokens.get(grant.token)?.last_four ?? ""}` : ""}
              </Link>
            )}
          </Td>
          <Td className="hidden text-ink-2 sm:table-cell">{orderOf(grant, tokens) ?? "–"}</Td>
          <Td className="text-ink-2">
            {grant.expires_at === null ? (
              grant.token === null ? (
                "Never"
              ) : (
                "With the token"
              )
            ) : (
              <Time at={grant.expires_at} as="date" />
            )}
          </Td>
          <Td className="hidden text-ink-2 md:table-cell">
            <Time at={grant.created_at} as="date" />
          </Td>
        </tr>
      ))}
    </Table>
  );
}

/** What a token holds was bought with the token's order. */
function orderOf(grant: Grant, tokens: ReadonlyMap<string, Token>): string | undefined {
  const token = grant.token === null ? undefined : tokens.get(grant.token);
  return grant.order_id ?? (token === undefined ? undefined : buyerOf(token).orderId);
}

/** What narrows a grant beyond its packages, where anything does. */
function GrantTerms({ grant }: { grant: Grant }) {
  const terms = [
    ...(grant.version_constraint === null ? [] : [`versions ${grant.version_constraint}`]),
    ...(grant.stability === null ? [] : [`${grant.stability} or better`]),
    ...(grant.updates_until === null ? [] : [`updates until ${formatDate(grant.updates_until)}`]),
    ...(grant.starts_at === null ? [] : [`from ${formatDate(grant.starts_at)}`]),
  ];
  return terms.length === 0 ? null : <div className="text-[0.93rem] text-ink-3">{terms.join(", ")}</div>;
}
