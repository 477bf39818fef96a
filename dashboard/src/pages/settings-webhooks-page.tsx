import { WebhooksCard } from "../features/webhooks/webhooks-card.tsx";

export function Component() {
  return <WebhooksCard />;
}
