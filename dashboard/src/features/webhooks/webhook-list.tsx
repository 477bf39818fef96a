import { Skeleton } from "../../ui/skeleton.tsx";
import { RowLink, Table, Td, Th, Tr } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { DeliveryBadge } from "./delivery-badge.tsx";
import { eventsInWords } from "./events.ts";
import { WebhookState } from "./webhook-state.tsx";
import { nameOfWebhook, useLastDelivery } from "./webhooks.ts";
import type { Webhook } from "./webhooks.ts";

/** Each with its state, what it gets, and what came of the last message. */
export function WebhookList({ webhooks, showsShop }: { webhooks: readonly Webhook[]; showsShop: boolean }) {
  return (
    <Table
      label="Webhooks"
      stacks
      head={
        <>
          <Th>Receiver</Th>
          {showsShop && <Th className="max-md:hidden">Shop</Th>}
          <Th className="max-md:hidden">Events</Th>
          <Th className="max-sm:hidden">Last message</Th>
          <Th className="max-sm:hidden">State</Th>
        </>
      }
    >
      {webhooks.map((webhook) => (
        <Tr key={webhook.id}>
          <Td className="w-full max-w-0 min-w-52 py-2.5">
            <RowLink to={`/settings/webhooks/${webhook.id}`} className="block truncate">
              <bdi>{nameOfWebhook(webhook)}</bdi>
            </RowLink>
            <code className="block truncate text-[0.86rem] text-ink-3">{webhook.url}</code>
            <div className="mt-1.5 flex flex-wrap items-center gap-2 sm:hidden">
              <WebhookState webhook={webhook} />
              <LastMessage of={webhook} />
            </div>
          </Td>
          {showsShop && <Td className="whitespace-nowrap text-ink-2 max-md:hidden">{webhook.shop}</Td>}
          <Td className="min-w-40 text-ink-2 max-md:hidden">{eventsInWords(webhook.events)}</Td>
          <Td className="whitespace-nowrap text-ink-2 max-sm:hidden">
            <LastMessage of={webhook} />
          </Td>
          <Td className="whitespace-nowrap max-sm:hidden">
            <WebhookState webhook={webhook} />
          </Td>
        </Tr>
      ))}
    </Table>
  );
}

function LastMessage({ of: { id } }: { of: Webhook }) {
  const last = useLastDelivery(id);
  if (last.isPending) return <Skeleton className="h-4 w-28" />;
  if (last.data === undefined) return <span>Not known</span>;
  if (last.data === null) return <span className="text-ink-3">None in 30 days</span>;
  return (
    <span className="inline-flex items-center gap-2">
      <DeliveryBadge state={last.data.state} />
      <Time at={last.data.created_at} />
    </span>
  );
}
