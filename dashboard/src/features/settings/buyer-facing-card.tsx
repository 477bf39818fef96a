import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { HelpFields, helpInput, isHelpChanged, orNull, useHelpTexts } from "./help-fields.tsx";
import { SettingsForm } from "./settings-form.tsx";
import { useSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

const SUBJECTS = {
  "/vendor_name": "The name",
  "/support_email": "The address",
  "/support_url": "The URL",
  "/renew_url": "The URL",
};

/** Who sells here and whom buyers ask, as the public page shows it. */
export function BuyerFacingCard() {
  const settings = useSettings();
  return (
    <Card
      title="What your customers see"
      description={
        <>
          On the public page that explains how to install, and in mails.{" "}
          <Link to="/install" target="_blank" className="inline-flex items-center gap-1 text-accent-text underline">
            See the page
            <ExternalLink className="size-3.5" aria-hidden="true" />
          </Link>
        </>
      }
    >
      {settings.data !== undefined ? (
        <BuyerFacingForm settings={settings.data} />
      ) : settings.isError ? (
        <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />
      ) : (
        <FormSkeleton />
      )}
    </Card>
  );
}

function BuyerFacingForm({ settings }: { settings: Settings }) {
  const [vendorName, setVendorName] = useState(settings.vendor_name ?? "");
  const help = useHelpTexts(settings);
  const input = { vendor_name: orNull(vendorName), ...helpInput(help.texts) };
  const isChanged = input.vendor_name !== settings.vendor_name || isHelpChanged(help.texts, settings);
  return (
    <SettingsForm input={input} isChanged={isChanged} subjects={SUBJECTS}>
      {({ disabled, at }) => (
        <>
          <TextField
            label="Vendor name"
            hint="As your customers know you; in mails and on the page."
            optional
            value={vendorName}
            onChange={(event) => setVendorName(event.target.value)}
            placeholder="Acme Extensions"
            autoComplete="organization"
            disabled={disabled}
            error={at("/vendor_name")}
          />
          <HelpFields help={help} at={at} disabled={disabled} />
        </>
      )}
    </SettingsForm>
  );
}

function FormSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="flex max-w-xl flex-col gap-4">
      {[1, 2, 3, 4].map((row) => (
        <div key={row} className="flex flex-col gap-1.5">
          <Skeleton className="h-[1.5em] w-32" />
          <Skeleton className="h-9 w-full" />
          <Skeleton className="h-[1.4em] w-64" />
        </div>
      ))}
      <Skeleton className="h-9 w-32" />
    </div>
  );
}
