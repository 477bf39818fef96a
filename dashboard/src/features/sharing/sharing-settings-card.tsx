import { useState } from "react";
import { Card } from "../../ui/card.tsx";
import { TextField } from "../../ui/field.tsx";
import { SettingsForm } from "../settings/settings-form.tsx";
import { useSettings } from "../settings/settings.ts";
import type { Settings } from "../settings/settings.ts";

const NETWORKS_DEFAULT = 40;
const DAYS_DEFAULT = 7;
const SUBJECTS = { "/sharing_networks_max": "The number of networks", "/sharing_days": "The number of days" };

/** When a token is pointed out as shared. */
export function SharingSettingsCard() {
  const settings = useSettings();
  if (settings.data === undefined) return null;
  return (
    <Card
      title="Shared tokens"
      description="A token that is used from unusually many networks is pointed out here and to your webhooks. It is never blocked."
    >
      <SharingForm settings={settings.data} />
    </Card>
  );
}

function SharingForm({ settings }: { settings: Settings }) {
  const [networks, setNetworks] = useState(textOf(settings.sharing_networks_max));
  const [days, setDays] = useState(textOf(settings.sharing_days));
  const input = { sharing_networks_max: numberOf(networks), sharing_days: numberOf(days) };
  const isChanged =
    input.sharing_networks_max !== settings.sharing_networks_max || input.sharing_days !== settings.sharing_days;
  return (
    <SettingsForm input={input} isChanged={isChanged} subjects={SUBJECTS}>
      {({ disabled, at }) => (
        <>
          <TextField
            label="Networks"
            hint={`More than so many are pointed out; 0 is never. ${String(NETWORKS_DEFAULT)} where it is empty. Those that only continuous integration came from do not count.`}
            optional
            type="number"
            min={0}
            max={250}
            value={networks}
            onChange={(event) => setNetworks(event.target.value)}
            placeholder={String(NETWORKS_DEFAULT)}
            disabled={disabled}
            error={at("/sharing_networks_max")}
          />
          <TextField
            label="Within days"
            hint={`From 1 to 30; ${String(DAYS_DEFAULT)} where it is empty.`}
            optional
            type="number"
            min={1}
            max={30}
            value={days}
            onChange={(event) => setDays(event.target.value)}
            placeholder={String(DAYS_DEFAULT)}
            disabled={disabled}
            error={at("/sharing_days")}
          />
        </>
      )}
    </SettingsForm>
  );
}

function textOf(value: number | null): string {
  return value === null ? "" : String(value);
}

function numberOf(text: string): number | null {
  return text.trim() === "" ? null : Number(text);
}
