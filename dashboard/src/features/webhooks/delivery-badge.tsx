import { Badge } from "../../ui/badge.tsx";
import type { Tone } from "../../ui/badge.tsx";
import type { DeliveryState } from "./webhooks.ts";

/** What became of a message. */
export const DELIVERY_STATES: readonly { state: DeliveryState; label: string; tone: Tone }[] = [
  { state: "delivered", label: "Delivered", tone: "good" },
  { state: "pending", label: "On the way", tone: "accent" },
  { state: "failed", label: "Failed", tone: "bad" },
  { state: "cancelled", label: "Cancelled", tone: "neutral" },
];

export function DeliveryBadge({ state }: { state: DeliveryState }) {
  const known = DELIVERY_STATES.find((one) => one.state === state);
  return <Badge tone={known?.tone ?? "neutral"}>{known?.label ?? state}</Badge>;
}
