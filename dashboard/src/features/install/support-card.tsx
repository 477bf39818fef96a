import { LifeBuoy, Mail } from "lucide-react";
import { Card } from "../../ui/card.tsx";

/** Whom to ask. */
export function SupportCard({
  vendorName,
  email,
  url,
}: {
  vendorName: string | null;
  email: string | null;
  url: string | null;
}) {
  const who = vendorName ?? "the vendor you bought from";
  return (
    <Card title="Help">
      <p>
        Ask {who} about purchases, renewals and tokens. Say what composer printed, and the last four characters of your
        token; never send the token itself.
      </p>
      {(email !== null || url !== null) && (
        <ul className="mt-3 flex flex-col gap-2 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-3">
          {email !== null && (
            <li className="flex items-center gap-2.5">
              <Mail aria-hidden="true" />
              <a
                href={`mailto:${encodeURIComponent(email).replace("%40", "@")}`}
                className="text-accent-text underline wrap-anywhere"
              >
                {email}
              </a>
            </li>
          )}
          {url !== null && (
            <li className="flex items-center gap-2.5">
              <LifeBuoy aria-hidden="true" />
              <a href={url} rel="noreferrer" className="text-accent-text underline wrap-anywhere">
                {url}
              </a>
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}
