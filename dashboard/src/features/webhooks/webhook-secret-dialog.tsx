import { Disclosure } from "../../ui/disclosure.tsx";
import { SecretDialog } from "../../ui/secret-dialog.tsx";
import { Time } from "../../ui/time.tsx";
import { VerifySnippets } from "./verify-snippets.tsx";
import { hostOf } from "./webhooks.ts";
import type { WebhookWithSecret } from "./webhooks.ts";

/** The signing secret, once. */
export function WebhookSecretDialog({ shown, onClose }: { shown: WebhookWithSecret; onClose: () => void }) {
  const until = shown.previous_secret_expires_at;
  return (
    <SecretDialog
      onClose={onClose}
      title="The signing secret"
      description={
        <>
          Put it into the configuration of <strong className="font-medium text-ink">{hostOf(shown.url)}</strong>, which
          checks with it that a message is from here.
        </>
      }
      secret={shown.secret}
      name="secret"
      note="Copy it now: it cannot be shown again."
    >
      {until !== null && (
        <p className="text-ink-2">
          Until <Time at={until} as="date-time" /> every message is signed with the secret before as well.
        </p>
      )}
      <Disclosure summary="How the receiver checks a message">
        <div className="mt-2">
          <VerifySnippets />
        </div>
      </Disclosure>
    </SecretDialog>
  );
}
