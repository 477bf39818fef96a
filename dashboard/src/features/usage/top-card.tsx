import type { ReactNode } from "react";
import { Link } from "react-router";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { Table, Td, Th } from "../../ui/table.tsx";
import { customerAddress } from "../customers/customer-address.ts";
import { versionText } from "./usage.ts";
import type { UsageRow } from "./usage.ts";
import type { Grouping, useGroupedUsage } from "./report.ts";

const WORDS: Record<Grouping, { title: string; column: string }> = {
  package: { title: "Packages", column: "Package" },
  version: { title: "Versions", column: "Version" },
  customer: { title: "Customers", column: "Customer" },
  token: { title: "Tokens", column: "Token" },
};

/** What was downloaded most first; not there where there is nothing to tell. */
export function TopCard({ usage, grouping }: { usage: ReturnType<typeof useGroupedUsage>; grouping: Grouping }) {
  const rows = usage.data?.pages.flatMap((page) => page.items) ?? [];
  const hasRequests = rows.some((row) => row.requests !== null);
  if (usage.isSuccess && rows.length === 0) return null;
  const { title, column } = WORDS[grouping];
  return (
    <Card flush title={title} description="Most downloaded first">
      {usage.error !== null && <ErrorNote error={usage.error} className="m-4" onRetry={() => void usage.refetch()} />}
      {rows.length > 0 && (
        <Table
          label={`Use by ${column.toLowerCase()}`}
          head={
            <>
              <Th>{column}</Th>
              {hasRequests && <Th className="text-right">Requests</Th>}
              <Th className="text-right">Downloads</Th>
              <Th className="text-right">Installs</Th>
            </>
          }
        >
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              <Td className="h-11 max-w-72">
                <RowName row={row} />
              </Td>
              {hasRequests && <Count>{row.requests}</Count>}
              <Count>{row.downloads}</Count>
              <Count>{row.installs}</Count>
            </tr>
          ))}
        </Table>
      )}
      <LoadMore query={usage} shown={rows.length} />
    </Card>
  );
}

function keyOf(row: UsageRow): string {
  return [row.token_id, row.shop, row.customer_id, row.package, row.version_normalized].join("\n");
}

function RowName({ row }: { row: UsageRow }): ReactNode {
  const link = "[overflow-wrap:anywhere] hover:underline";
  if (row.token_id !== undefined) {
    return (
      <>
        <Link to={`/tokens/${row.token_id}`} className={`${link} block max-sm:max-w-22`}>
          {typeof row.customer_id === "string" ? (
            <>
              Customer <bdi>{row.customer_id}</bdi>
            </>
          ) : (
            "Guest"
          )}
        </Link>
        <span className="block max-w-22 truncate font-mono text-[0.86em] text-ink-3 sm:max-w-none" title={row.token_id}>
          {row.token_id}
        </span>
      </>
    );
  }
  if (row.package !== undefined) {
    return (
      <Link to={`/packages/${row.package}`} className={link}>
        {row.package}
        {row.version_normalized !== undefined && (
          <span className="text-ink-2"> {versionText(row.version_normalized)}</span>
        )}
      </Link>
    );
  }
  const { customer_id: customerId, shop } = row;
  if (typeof customerId !== "string" || typeof shop !== "string") return <span className="text-ink-2">Guests</span>;
  return (
    <Link to={customerAddress(shop, customerId)} className={link}>
      <bdi>{customerId}</bdi>
    </Link>
  );
}

function Count({ children }: { children: number | null }) {
  return <Td className="h-11 w-24 text-right tabular-nums">{children?.toLocaleString()}</Td>;
}
