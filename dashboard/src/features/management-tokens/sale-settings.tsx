import { Checkbox } from "../../ui/field.tsx";

/** What a shop's handler has for every sale without asking for it. */
export interface SaleSettings {
  uniqueBy: "order" | "customer" | null;
  notify: boolean;
}

/** For shops whose webhook handler is the one from the guide, and sends neither. */
export function SaleSettingsFields({
  settings,
  onChange,
}: {
  settings: SaleSettings;
  onChange: (settings: SaleSettings) => void;
}) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1.5 font-medium">For every sale</legend>
      <Checkbox
        label="One token per order"
        hint="When your shop tells us of the same order again, the answer is the same token instead of a second one."
        checked={settings.uniqueBy === "order"}
        onChange={(event) => onChange({ ...settings, uniqueBy: event.target.checked ? "order" : null })}
      />
      <Checkbox
        label="Mail the customer"
        hint="This server sends each customer their token and how to install what they bought, so that your shop need not."
        checked={settings.notify}
        onChange={(event) => onChange({ ...settings, notify: event.target.checked })}
      />
    </fieldset>
  );
}
