import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { SecretBox } from "../../ui/secret-box.tsx";
import { Time } from "../../ui/time.tsx";
import { VerifySnippets } from "./verify-snippets.tsx";
import { hostOf } from "./webhooks.ts";
import type { WebhookWithSecret } from "./webhooks.ts";

/** The signing secret, once. It does not close before somebody says that it is in a safe place. */
export function WebhookSecretDialog({ shown, onClose }: { shown: WebhookWithSecret; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const until = shown.previous_secret_expires_at;
  return (
    <Dialog
      open
      wide
      dismissible={false}
      onClose={onClose}
      title="The signing secret"
      description={
        <>
          Put it into the configuration of <strong className="font-medium text-ink">{hostOf(shown.url)}</strong>, which
          checks with it that a message is from here.
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <SecretBox secret={shown.secret} name="secret" note="Copy it now: it cannot be shown again." />
        {until !== null && (
          <p className="text-ink-2">
            Until <Time at={until} as="date-time" /> every message is signed with the secret before as well.
          </p>
        )}
        <details className="group">
          <summary className="flex list-none items-center gap-1.5 font-medium text-ink-2 hover:text-ink [&::-webkit-details-marker]:hidden">
            <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden="true" />
            How the receiver checks a message
          </summary>
          <div className="mt-2">
            <VerifySnippets />
          </div>
        </details>
        <Checkbox
          label="I have copied it"
          hint="Nobody can show it to you again."
          checked={copied}
          onChange={(event) => setCopied(event.target.checked)}
        />
      </div>
      <Actions>
        <Button kind="primary" disabled={!copied} onClick={onClose}>
          Done
        </Button>
      </Actions>
    </Dialog>
  );
}
