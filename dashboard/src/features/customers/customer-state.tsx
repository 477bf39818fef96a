import { Note } from "../../ui/note.tsx";
import { Time } from "../../ui/time.tsx";
import type { Customer } from "./customers.ts";

/** What explains everything else on the page: that all is revoked or suspended, or that nothing personal is left. */
export function CustomerState({ customer }: { customer: Customer }) {
  const { erased_at: erasedAt, revoked_at: revokedAt, tokens } = customer;
  if (erasedAt !== null) {
    return (
      <Note>
        Everything personal was erased on <Time at={erasedAt} as="date-time" />. What is left are counts, orders and
        records without names; nothing of it works.
      </Note>
    );
  }
  return (
    <>
      {customer.suspended_at !== null && (
        <Note tone="warn">
          Everything this customer has is suspended since <Time at={customer.suspended_at} as="date-time" />: nothing of
          it opens until the customer is resumed. The history says why, where somebody wrote it down.
        </Note>
      )}
      {revokedAt !== null && <Revoked at={revokedAt} hasSoldSince={tokens.active > 0} />}
    </>
  );
}

function Revoked({ at, hasSoldSince }: { at: number; hasSoldSince: boolean }) {
  return (
    <Note tone="warn">
      Everything this customer had was revoked on <Time at={at} as="date-time" />, and can be restored.
      {hasSoldSince && " What works now was sold since."}
    </Note>
  );
}
