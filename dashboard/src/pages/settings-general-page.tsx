import { BuyerFacingCard } from "../features/settings/buyer-facing-card.tsx";
import { ServerFactsCard } from "../features/settings/server-facts-card.tsx";

export function Component() {
  return (
    <>
      <BuyerFacingCard />
      <ServerFactsCard />
    </>
  );
}
