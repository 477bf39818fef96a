import { useMay } from "../api/session.ts";
import { MailLogCard } from "../features/mails/mail-log-card.tsx";
import { MailPreviewCard } from "../features/mails/mail-preview-card.tsx";
import { MailSetupCard } from "../features/mails/mail-setup-card.tsx";

export function Component() {
  const mayReadCustomers = useMay("customers:read");
  return (
    <>
      <MailSetupCard />
      <MailPreviewCard />
      {mayReadCustomers && <MailLogCard />}
    </>
  );
}
