import { Badge } from "../../ui/badge.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { customerAddress } from "./customer-address.ts";
import type { Customer } from "./customers.ts";

/** Customers in rows; on a phone what stands in the columns goes below the name. */
export function CustomerTable({ customers, withShop }: { customers: Customer[]; withShop: boolean }) {
  return (
    <Table
      label="Customers"
      stacks
      head={
        <>
          <Th>Customer</Th>
          {withShop && <Th className="hidden md:table-cell">Shop</Th>}
          <Th className="hidden sm:table-cell">Tokens</Th>
          <Th className="hidden sm:table-cell">Next expiry</Th>
          <Th className="hidden md:table-cell">Last used</Th>
          <Th className="hidden lg:table-cell">Since</Th>
        </>
      }
    >
      {customers.map((customer) => (
        <Tr key={customer.id}>
          <Td className="max-w-96">
            <RowLink to={customerAddress(customer.shop, customer.customer_id)} className="break-words">
              {customer.email ?? (customer.erased_at === null ? `Customer ${customer.customer_id}` : "Erased customer")}
            </RowLink>
            <div className="text-[0.93rem] text-ink-3">Customer {customer.customer_id}</div>
            <div className="mt-1.5 flex flex-wrap items-center gap-x-2.5 gap-y-1 text-ink-2 sm:hidden">
              <TokenCounts customer={customer} />
              {customer.next_expires_at !== null && (
                <span>
                  until <Time at={customer.next_expires_at} as="date" />
                </span>
              )}
            </div>
          </Td>
          {withShop && <Td className="hidden text-ink-2 md:table-cell">{customer.shop}</Td>}
          <Td className="hidden sm:table-cell">
            <TokenCounts customer={customer} />
          </Td>
          <Td className="hidden text-ink-2 sm:table-cell">
            {customer.next_expires_at === null ? (
              <span className="text-ink-3">None</span>
            ) : (
              <Time at={customer.next_expires_at} as="date" />
            )}
          </Td>
          <Td className="hidden text-ink-2 md:table-cell">
            {customer.last_used_at === null ? (
              <span className="text-ink-3">Never</span>
            ) : (
              <Time at={customer.last_used_at} />
            )}
          </Td>
          <Td className="hidden text-ink-2 lg:table-cell">
            <Time at={customer.created_at} as="date" />
          </Td>
        </Tr>
      ))}
    </Table>
  );
}

/** What works, and what does not any more where there is some. */
function TokenCounts({ customer: { tokens } }: { customer: Customer }) {
  return (
    <span className="flex flex-wrap gap-1">
      {tokens.active > 0 && <Badge tone="good">{tokens.active.toLocaleString()} active</Badge>}
      {tokens.suspended > 0 && <Badge tone="warn">{tokens.suspended.toLocaleString()} suspended</Badge>}
      {tokens.expired > 0 && <Badge tone="warn">{tokens.expired.toLocaleString()} expired</Badge>}
      {tokens.active + tokens.suspended + tokens.expired === 0 && tokens.revoked > 0 && (
        <Badge tone="bad">{tokens.revoked.toLocaleString()} revoked</Badge>
      )}
      {tokens.active + tokens.suspended + tokens.expired + tokens.revoked === 0 && (
        <span className="text-ink-3">None</span>
      )}
    </span>
  );
}
