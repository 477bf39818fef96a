import { Checkbox, SelectField } from "../../ui/field.tsx";
import { STABILITIES, stabilityOf } from "../grants/stabilities.ts";
import type { Stability } from "../grants/stabilities.ts";

/** How a shop sells whose handler says nothing of either. */
export interface SellingSettings {
  credential: "customer" | null;
  uniqueBy: "order" | "customer" | null;
}

/** What a shop's handler has for every sale without asking for it. */
export interface SaleSettings extends SellingSettings {
  notify: boolean;
  /** null: every one. */
  stability: Stability | null;
}

/** For a new token: right for handlers that make a token for every order, as the one of the guide does. */
export const USUAL_SELLING: SellingSettings = { credential: "customer", uniqueBy: "order" };

export function SellingCheckboxes({
  settings,
  onChange,
}: {
  settings: SellingSettings;
  onChange: (change: Partial<SellingSettings>) => void;
}) {
  return (
    <>
      <Checkbox
        label="One credential per customer"
        hint="Each token of a customer opens everything they bought: composer keeps one per server, so that a second order would otherwise break the first."
        checked={settings.credential === "customer"}
        onChange={(event) => onChange({ credential: event.target.checked ? "customer" : null })}
      />
      <Checkbox
        label="One token per order"
        hint="When your shop tells us of the same order again, the answer is the same token instead of a second one."
        checked={settings.uniqueBy === "order"}
        onChange={(event) => onChange({ uniqueBy: event.target.checked ? "order" : null })}
      />
    </>
  );
}

/** For shops whose webhook handler is the one from the guide, and sends none of them. */
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
      <SellingCheckboxes settings={settings} onChange={(change) => onChange({ ...settings, ...change })} />
      <Checkbox
        label="Mail the customer"
        hint="This server sends each customer their token and how to install what they bought, so that your shop need not."
        checked={settings.notify}
        onChange={(event) => onChange({ ...settings, notify: event.target.checked })}
      />
      <SelectField
        label="Versions that are sold"
        hint="Where the shop does not say so itself. Without branches and pre-releases nobody installs what is not finished."
        value={settings.stability === "dev" ? "" : (settings.stability ?? "")}
        onChange={(event) => onChange({ ...settings, stability: stabilityOf(event.target.value) })}
        className="max-w-80"
      >
        <option value="">All, pre-releases and branches too</option>
        {STABILITIES.filter((one) => one !== "dev").map((one) => (
          <option key={one} value={one}>
            {stabilityInWords(one)}
          </option>
        ))}
      </SelectField>
    </fieldset>
  );
}

/** What is sold by a management token of which nobody says otherwise. */
export function stabilityInWords(stability: Stability | null): string {
  if (stability === null || stability === "dev") return "All, pre-releases and branches too";
  return stability === "stable" ? "Stable ones only" : `${stability} or more stable`;
}

/** In lists and details: what a repeated order gets; null where it gets a token each time. */
export function uniqueByInWords(uniqueBy: SellingSettings["uniqueBy"]): string | null {
  if (uniqueBy === null) return null;
  return uniqueBy === "order" ? "One token per order" : "One token per customer";
}
