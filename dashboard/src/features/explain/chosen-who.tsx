import { KeyRound, User } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ApiError } from "../../api/errors.ts";
import { StateBadge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { customerAddress } from "../customers/customer-address.ts";
import { useCustomer } from "../customers/customers.ts";
import { buyerOf, useToken } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import { BY_GRANTS } from "./through.ts";

/** Said behind a token to choose from. */
const READS = { own: "", customer: ", reads the customer’s grants", project: ", reads a part of them" };

/** The customer that was chosen, and through which of their tokens. */
export function ChosenCustomer({
  customerId,
  shop,
  tokens,
  through,
  onThrough,
  onClear,
}: {
  customerId: string;
  shop: string;
  tokens: Token[] | undefined;
  through: string;
  onThrough: (through: string) => void;
  onClear: () => void;
}) {
  const customer = useCustomer(customerId, shop);
  if (customer.error !== null)
    return <Unknown error={customer.error} what={`customer ${customerId}`} onClear={onClear} />;
  const email = customer.data?.email ?? null;
  return (
    <div className="flex flex-col gap-4">
      <Chosen icon={<User />} onClear={onClear}>
        {customer.data === undefined ? (
          <Skeleton className="h-4 w-48" />
        ) : (
          <>
            <Link
              to={customerAddress(shop, customerId)}
              className="block truncate font-medium text-accent-text hover:underline"
            >
              <bdi>{email ?? `Customer ${customerId}`}</bdi>
            </Link>
            <span className="block text-[0.93rem] wrap-anywhere text-ink-3">
              Customer <bdi>{customerId}</bdi> of the shop {shop}
            </span>
          </>
        )}
      </Chosen>
      {tokens !== undefined && tokens.length > 0 && (
        <SelectField
          label="With which token"
          value={through}
          onChange={(event) => onThrough(event.target.value)}
          hint="The one that composer on their machine has: the end of it stands in their auth.json."
        >
          {tokens.map((token) => (
            <option key={token.id} value={token.id}>
              …{token.last_four}, {token.status}
              {READS[token.access]}
            </option>
          ))}
          <option value={BY_GRANTS}>Any that reads the customer’s grants</option>
        </SelectField>
      )}
    </div>
  );
}

export function ChosenToken({ id, onClear }: { id: string; onClear: () => void }) {
  const token = useToken(id);
  if (token.error !== null) return <Unknown error={token.error} what="token" onClear={onClear} />;
  if (token.data === undefined)
    return (
      <Chosen icon={<KeyRound />} onClear={onClear}>
        <Skeleton className="h-4 w-48" />
      </Chosen>
    );
  const { email, customerId, orderId } = buyerOf(token.data);
  return (
    <Chosen icon={<KeyRound />} onClear={onClear}>
      <span className="flex flex-wrap items-center gap-x-2">
        <Link to={`/tokens/${id}`} className="font-medium text-accent-text hover:underline">
          Token …{token.data.last_four}
        </Link>
        <StateBadge state={token.data.status} />
      </span>
      <span className="block text-[0.93rem] wrap-anywhere text-ink-3">
        <bdi>{email ?? token.data.description}</bdi>
        {customerId !== undefined && (
          <>
            , customer <bdi>{customerId}</bdi>
          </>
        )}
        {orderId !== undefined && (
          <>
            , order <bdi>{orderId}</bdi>
          </>
        )}
      </span>
    </Chosen>
  );
}

function Chosen({ icon, onClear, children }: { icon: ReactNode; onClear: () => void; children: ReactNode }) {
  return (
    <div role="group" aria-label="Who" className="flex min-w-0 flex-col gap-1.5">
      <p className="font-medium">Who</p>
      <div className="flex items-center gap-3 rounded-lg border border-line-strong px-3 py-2 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3">
        {icon}
        <div className="min-w-0 flex-1">{children}</div>
        <Button size="small" onClick={onClear}>
          Other<span className="sr-only"> customer or token</span>
        </Button>
      </div>
    </div>
  );
}

function Unknown({ error, what, onClear }: { error: unknown; what: string; onClear: () => void }) {
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <div className="flex flex-col items-start gap-3">
      {isGone ? <p role="alert">There is no such {what}.</p> : <ErrorNote error={error} />}
      <Button size="small" onClick={onClear}>
        Choose somebody else
      </Button>
    </div>
  );
}
