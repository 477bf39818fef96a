import { KeyRound, Search, User } from "lucide-react";
import { useEffect, useId, useState } from "react";
import type { ReactNode } from "react";
import { StateBadge } from "../../ui/badge.tsx";
import { Spinner } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { CONTROL } from "../../ui/field.tsx";
import { useWords } from "../../ui/use-words.ts";
import type { Customer } from "../customers/customers.ts";
import { buyerOf } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import { useHolders } from "./explain.ts";

export type Who = { customer: { customerId: string; shop: string } } | { tokenId: string };

/**
 * Finds a customer or a token by whatever was quoted. A whole secret that is pasted chooses its token; it leaves the
 * field as its hash only, and no address ever has it.
 */
export function WhoField({ onChoose }: { onChoose: (who: Who) => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const { words } = useWords(text);
  const found = useHolders(words);
  const isSecret = words.startsWith("secret:");
  const [exact] = isSecret ? (found.data?.tokens ?? []) : [];
  useEffect(() => {
    if (exact !== undefined) onChoose({ tokenId: exact.id });
  }, [exact, onChoose]);
  const customers = found.data?.customers ?? [];
  const tokens = found.data?.tokens ?? [];
  const isNothing = found.isSuccess && customers.length + tokens.length === 0;
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        Who
      </label>
      <div className="relative">
        <span className="pointer-events-none absolute top-2.5 left-3 text-ink-3">
          {found.isFetching ? <Spinner /> : <Search className="size-4" aria-hidden="true" />}
        </span>
        <input
          id={id}
          type="search"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-describedby={`${id}-hint`}
          placeholder="E-mail, customer id, order, or the token"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            // What would be sent is a question without anybody in it.
            if (event.key === "Enter") event.preventDefault();
          }}
          className={classNames(CONTROL, "h-9 pl-9 [&::-webkit-search-cancel-button]:hidden")}
        />
      </div>
      {found.error !== null && <ErrorNote error={found.error} />}
      {words !== "" && customers.length + tokens.length > 0 && !isSecret && (
        <ul aria-label="Found" className="divide-y divide-line overflow-hidden rounded-lg border border-line">
          {customers.map((customer) => (
            <CustomerHit key={customer.id} customer={customer} onChoose={onChoose} />
          ))}
          {tokens.map((token) => (
            <TokenHit key={token.id} token={token} onChoose={onChoose} />
          ))}
        </ul>
      )}
      {isNothing && words !== "" && (
        <p role="status" className="text-ink-2">
          {isSecret
            ? "No token has this secret: it was replaced long ago, or is of another server."
            : "Nobody has to do with these words. Order numbers and ids have to be whole; of an e-mail address the beginning is enough."}
        </p>
      )}
      <p id={`${id}-hint`} className="text-[0.93rem] text-ink-3">
        Whatever they quote. The last four characters of the token are enough; a token that is pasted whole stays in
        this field.
      </p>
    </div>
  );
}

function CustomerHit({ customer, onChoose }: { customer: Customer; onChoose: (who: Who) => void }) {
  const { customer_id: customerId, shop, email, tokens } = customer;
  return (
    <Hit icon={<User />} onClick={() => onChoose({ customer: { customerId, shop } })}>
      <span className="min-w-0 flex-1">
        <bdi className="block truncate font-medium">{email ?? `Customer ${customerId}`}</bdi>
        <span className="block truncate text-[0.93rem] text-ink-3">
          Customer <bdi>{customerId}</bdi> of the shop {shop}, {tokens.active.toLocaleString()} active
        </span>
      </span>
    </Hit>
  );
}

function TokenHit({ token, onChoose }: { token: Token; onChoose: (who: Who) => void }) {
  const { email, orderId } = buyerOf(token);
  return (
    <Hit icon={<KeyRound />} onClick={() => onChoose({ tokenId: token.id })}>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          Token …{token.last_four} <bdi className="font-normal text-ink-2">{email ?? token.description}</bdi>
        </span>
        {orderId !== undefined && (
          <span className="block truncate text-[0.93rem] text-ink-3">
            Order <bdi>{orderId}</bdi>
          </span>
        )}
      </span>
      <StateBadge state={token.status} />
    </Hit>
  );
}

function Hit({ icon, onClick, children }: { icon: ReactNode; onClick: () => void; children: ReactNode }) {
  return (
    <li>
      <button
        type="button"
        onClick={onClick}
        className="flex w-full items-center gap-3 px-3 py-2 text-left hover:bg-hover focus-visible:-outline-offset-2 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3"
      >
        {icon}
        {children}
      </button>
    </li>
  );
}
