import { Users } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { plural } from "../../ui/words.ts";
import { customerAddress } from "../customers/customer-address.ts";
import { usePackageAccess } from "./package-api.ts";
import type { AccessToken, PackageName } from "./package-api.ts";

/** Every active token that reads the package, and whose it is. */
export function AccessList({ of: name, actions }: { of: PackageName; actions?: ReactNode }) {
  const query = usePackageAccess(name);
  const tokens = query.data?.pages.flatMap((page) => page.access) ?? [];
  const totals = query.data?.pages[0];
  return (
    <Card
      title="Who can install it"
      description={
        typeof totals?.tokens !== "number"
          ? "Active tokens that may read this package now."
          : `${plural(totals.tokens, "active token")} of ${plural(totals.customers ?? 0, "customer")} may read this package now.`
      }
      actions={actions}
      flush
    >
      {query.isPending && <SkeletonRows rows={5} />}
      {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} className="m-5" />}
      {query.isSuccess && tokens.length === 0 && (
        <EmptyState icon={<Users />} title="Nobody can install it yet">
          A token reads it when its packages cover the name: this one, or the whole vendor.
        </EmptyState>
      )}
      {tokens.length > 0 && (
        <Table
          label="Tokens that cover this package"
          stacks
          head={
            <>
              <Th>Token and customer</Th>
              <Th className="max-sm:hidden">By</Th>
              <Th className="max-md:hidden">Versions</Th>
              <Th className="max-md:hidden">Expires</Th>
              <Th className="max-sm:hidden">Last used</Th>
            </>
          }
        >
          {tokens.map((token) => (
            <AccessRow key={`${token.token_id} ${token.pattern}`} token={token} />
          ))}
        </Table>
      )}
      <LoadMore query={query} shown={tokens.length} />
    </Card>
  );
}

function AccessRow({ token }: { token: AccessToken }) {
  return (
    <Tr>
      <Td className="w-full max-w-0 min-w-52 py-2.5">
        <RowLink to={`/tokens/${token.token_id}`} className="block truncate py-0.5">
          <bdi>{token.customer_email ?? token.description}</bdi>
        </RowLink>
        <Customer token={token} />
        <p className="text-ink-3 sm:hidden">
          <LastUsed at={token.last_used_at} prefix="used " />
        </p>
      </Td>
      <Td className="max-sm:hidden">
        <code className="whitespace-nowrap">{token.pattern}</code>
      </Td>
      <Td className="text-ink-2 max-md:hidden">{versionsOf(token)}</Td>
      <Td className="whitespace-nowrap text-ink-2 max-md:hidden">
        {token.expires_at === null ? "Never" : <Time at={token.expires_at} />}
      </Td>
      <Td className="whitespace-nowrap text-ink-2 max-sm:hidden">
        <LastUsed at={token.last_used_at} />
      </Td>
    </Tr>
  );
}

function Customer({ token }: { token: AccessToken }) {
  const { shop, customer_id: id } = token;
  if (id === null) return <p className="text-ink-3">Guest</p>;
  return (
    <p className="truncate">
      <Link
        to={customerAddress(shop, id)}
        className="relative z-10 inline-block py-0.5 text-ink-3 hover:text-ink hover:underline"
      >
        Customer <bdi>{id}</bdi>
      </Link>
    </p>
  );
}

function LastUsed({ at, prefix = "" }: { at: number | null; prefix?: string }) {
  if (at === null) return <>{prefix === "" ? "Never" : "never used"}</>;
  return (
    <>
      {prefix}
      <Time at={at} />
    </>
  );
}

function versionsOf({ versions, updates_until: until }: AccessToken) {
  return (
    <>
      <bdi className="wrap-anywhere">{versions === "all" ? "All" : versions}</bdi>
      {until !== null && (
        <span className="block whitespace-nowrap text-ink-3">
          released until <Time at={until} as="date" />
        </span>
      )}
    </>
  );
}
