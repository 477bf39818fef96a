import { ChevronRight, Send } from "lucide-react";
import { useId, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { StateSelect } from "../../ui/state-select.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useFilters } from "../../ui/use-filters.ts";
import { plural } from "../../ui/words.ts";
import { DELIVERY_STATES, DeliveryBadge } from "./delivery-badge.tsx";
import { DeliveryDetails } from "./delivery-details.tsx";
import { useDeliveries, useReplayDelivery } from "./webhooks.ts";
import type { Delivery, Webhook } from "./webhooks.ts";

/** What was sent in the last 30 days, and what came of it. `?state=` narrows it. */
export function DeliveryList({ webhook, mayChange }: { webhook: Webhook; mayChange: boolean }) {
  const [filters, setFilters] = useFilters(["state"]);
  const state = DELIVERY_STATES.find(({ state: one }) => one === filters.state)?.state;
  const query = useDeliveries(webhook.id, state);
  const deliveries = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card
      flush
      title="Messages"
      description="Of the last 30 days, newest first. One that fails is tried ten times, over three days."
      actions={
        <StateSelect states={DELIVERY_STATES} value={state} onChange={(chosen) => setFilters({ state: chosen })} />
      }
    >
      {query.isPending && <SkeletonRows rows={4} />}
      {query.error !== null && <ErrorNote error={query.error} className="m-5" onRetry={() => void query.refetch()} />}
      {query.isSuccess && deliveries.length === 0 && (
        <EmptyState icon={<Send />} title={state === undefined ? "Nothing was sent yet" : "None is in this state"}>
          {state === undefined && "Send a test to see how the receiver takes it."}
        </EmptyState>
      )}
      {deliveries.length > 0 && (
        <ul aria-label="Messages" className="divide-y divide-line">
          {deliveries.map((delivery) => (
            <DeliveryItem key={delivery.id} delivery={delivery} webhook={webhook} mayChange={mayChange} />
          ))}
        </ul>
      )}
      <LoadMore query={query} shown={deliveries.length} />
    </Card>
  );
}

function DeliveryItem({ delivery, webhook, mayChange }: { delivery: Delivery; webhook: Webhook; mayChange: boolean }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const replay = useReplayDelivery(webhook.id);
  const toast = useToast();
  return (
    <li className="px-5 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-h-8 min-w-0 flex-1 basis-64 items-center gap-2 text-left"
        >
          <ChevronRight
            className={`size-4 shrink-0 text-ink-3 transition-transform ${open ? "rotate-90" : ""}`}
            aria-hidden="true"
          />
          <span className="min-w-0">
            <code className="font-medium wrap-anywhere">{delivery.payload.type}</code>
            <span className="block text-[0.93rem] wrap-anywhere text-ink-3">{aboutOf(delivery)}</span>
          </span>
        </button>
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-2 max-sm:pl-6">
          <DeliveryBadge state={delivery.state} />
          <span className="sm:w-52">
            <Outcome of={delivery} />
          </span>
        </span>
        {mayChange && (
          <Button
            size="small"
            busy={replay.isPending}
            disabled={!webhook.enabled || delivery.state === "pending"}
            title={
              webhook.enabled
                ? delivery.state === "pending"
                  ? "It is tried by itself"
                  : undefined
                : "Turn it on first"
            }
            className="max-sm:ml-6"
            onClick={() =>
              replay.mutate(delivery.id, { onSuccess: () => toast("It is sent again, under the same id.") })
            }
          >
            Send again<span className="sr-only">: {delivery.payload.type}</span>
          </Button>
        )}
      </div>
      {replay.error !== null && <ErrorNote error={replay.error} className="mt-2" />}
      <div id={id} hidden={!open}>
        {open && <DeliveryDetails delivery={delivery} />}
      </div>
    </li>
  );
}

/** What it is about, so that one is found among many: the customer and order, the package, the source. */
function aboutOf({ payload: { data } }: Delivery): string {
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : undefined);
  const named = text("package") === undefined ? text("name") : `${text("package") ?? ""} ${text("version") ?? ""}`;
  const customer = text("customer_id");
  const order = text("order_id");
  return [
    ...(named === undefined ? [] : [named]),
    ...(customer === undefined ? [] : [`customer ${customer}`]),
    ...(order === undefined ? [] : [`order ${order}`]),
  ].join(", ");
}

function Outcome({ of: { state, attempts, created_at: createdAt, next_attempt_at: next } }: { of: Delivery }) {
  const last = attempts.at(-1);
  if (state === "pending" && next !== null) {
    return last === undefined ? (
      <>just now</>
    ) : (
      <>
        {answerOf(last)}, again <Time at={next} />
      </>
    );
  }
  return (
    <>
      {last !== undefined && `${answerOf(last)}, `}
      <Time at={last?.at ?? createdAt} />
      {attempts.length > 1 && ` (${plural(attempts.length, "attempt")})`}
    </>
  );
}

function answerOf({ status }: Delivery["attempts"][number]): string {
  return status === null ? "no answer" : String(status);
}
