import { Badge } from "../../ui/badge.tsx";
import type { Webhook } from "./webhooks.ts";

/** Whether it gets anything. */
export function WebhookState({ webhook }: { webhook: Webhook }) {
  if (webhook.enabled) return <Badge tone="good">On</Badge>;
  return webhook.disabled_reason === "gone" ? <Badge tone="bad">Off: answered 410</Badge> : <Badge>Off</Badge>;
}
