import { Link } from "react-router";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { customerAddress } from "../customers/customer-address.ts";
import { useAnswerAttention, useAttention } from "./attention.ts";
import type { AttentionEntry } from "./attention.ts";

const SHOWN = 5;

/** What {@link AttentionCard} shows; read by its page, which waits for it so that nothing jumps. */
export function useNewestAttention(shop: string | undefined) {
  return useAttention(shop, SHOWN + 1);
}

/** What somebody should look at, and what to do; not there where there is nothing. */
export function AttentionCard({ shop }: { shop: string | undefined }) {
  const entries = useNewestAttention(shop).data ?? [];
  if (entries.length === 0) return null;
  return (
    <Card
      flush
      title="Needs attention"
      actions={entries.length > SHOWN && <span className="text-ink-3">The newest {SHOWN}</span>}
    >
      <ul className="divide-y divide-line">
        {entries.slice(0, SHOWN).map((entry) => (
          <AttentionItem key={entry.id} entry={entry} />
        ))}
      </ul>
    </Card>
  );
}

function AttentionItem({ entry }: { entry: AttentionEntry }) {
  const address = addressOf(entry);
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-5 py-3">
      <div className="min-w-0 flex-1 basis-80">
        <p className="font-medium break-words">
          {address === undefined ? (
            entry.title
          ) : (
            <Link to={address} className="hover:underline">
              {entry.title}
            </Link>
          )}
        </p>
        <p className="text-pretty text-ink-2">{entry.what_to_do}</p>
        <p className="text-[0.93rem] text-ink-3">
          {entry.times > 1 && `${entry.times.toLocaleString()} times, last `}
          <Time at={entry.last_at} />
        </p>
      </div>
      <Answers entry={entry} />
    </li>
  );
}

/** The kind that asks something which can be answered here. */
const ASKS = "customer.another_address";

function Answers({ entry }: { entry: AttentionEntry }) {
  const mayAnswer = useMay("tokens:write");
  const dismiss = useAnswerAttention("dismiss");
  const confirm = useAnswerAttention("confirm");
  const toast = useToast();
  if (!mayAnswer) return null;
  const error = dismiss.error ?? confirm.error;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {entry.kind === ASKS && (
        <Button
          size="small"
          aria-label={`The same person: ${entry.title}`}
          busy={confirm.isPending}
          onClick={() => confirm.mutate(entry.id, { onSuccess: () => toast("It is with the customer now.") })}
        >
          The same person
        </Button>
      )}
      <Button
        size="small"
        aria-label={`Dismiss: ${entry.title}`}
        busy={dismiss.isPending}
        onClick={() => dismiss.mutate(entry.id, { onSuccess: () => toast("Dismissed.") })}
      >
        Dismiss
      </Button>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

/** Where what it is about can be seen. */
function addressOf({ subject, customer_id, shop }: AttentionEntry): string | undefined {
  switch (subject.kind) {
    case "token":
      return `/tokens/${subject.id}`;
    case "order":
      return `/tokens?${new URLSearchParams({ q: subject.id, status: "all" }).toString()}`;
    case "management_token":
      return "/settings/api-tokens";
    case "source":
      return `/sources/${subject.id}`;
    case "package":
      return `/packages/${subject.id}`;
    case "mail":
      return customer_id === null || shop === null ? "/settings/mail" : customerAddress(shop, customer_id);
    default:
      return customer_id === null || shop === null ? undefined : customerAddress(shop, customer_id);
  }
}
