import { BuyerFacingCard } from "../features/settings/buyer-facing-card.tsx";
import { SharingSettingsCard } from "../features/sharing/sharing-settings-card.tsx";
import { ShopsCard } from "../features/shops/shops-card.tsx";
import { ServerFactsCard } from "../features/settings/server-facts-card.tsx";

export function Component() {
  return (
    <>
      <BuyerFacingCard />
      <ShopsCard />
      <SharingSettingsCard />
      <ServerFactsCard />
    </>
  );
}
