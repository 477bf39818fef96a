import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { SettingsForm } from "./settings-form.tsx";
import { useSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

const SUBJECTS = { "/vendor_name": "The name", "/support_email": "The address", "/support_url": "The URL" };

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
  const [supportEmail, setSupportEmail] = useState(settings.support_email ?? "");
  const [supportUrl, setSupportUrl] = useState(settings.support_url ?? "");
  const input = {
    vendor_name: orNull(vendorName),
    support_email: orNull(supportEmail),
    support_url: orNull(supportUrl),
  };
  const isChanged =
    input.vendor_name !== settings.vendor_name ||
    input.support_email !== settings.support_email ||
    input.support_url !== settings.support_url;
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
          <TextField
            label="Support e-mail"
            hint="Where customers write to when an installation fails."
            optional
            type="email"
            value={supportEmail}
            onChange={(event) => setSupportEmail(event.target.value)}
            placeholder="support@example.com"
            autoComplete="off"
            disabled={disabled}
            error={at("/support_email")}
          />
          <TextField
            label="Support URL"
            hint="A help page or a contact form of yours. What customers read in composer ends in it, or else in the address."
            optional
            type="url"
            value={supportUrl}
            onChange={(event) => setSupportUrl(event.target.value)}
            placeholder="https://example.com/help"
            autoComplete="off"
            disabled={disabled}
            error={at("/support_url")}
          />
        </>
      )}
    </SettingsForm>
  );
}

function orNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function FormSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="flex max-w-xl flex-col gap-4">
      {[1, 2, 3].map((row) => (
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
