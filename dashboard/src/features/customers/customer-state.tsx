import { Note } from "../../ui/note.tsx";
import { Time } from "../../ui/time.tsx";
import type { Customer } from "./customers.ts";

/** What explains everything else on the page: that all was revoked, or that nothing personal is left. */
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
  if (revokedAt === null) return null;
  return (
    <Note tone="warn">
      Everything this customer had was revoked on <Time at={revokedAt} as="date-time" />, and can be restored.
      {tokens.active > 0 && " What works now was sold since."}
    </Note>
  );
}
