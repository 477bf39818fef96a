import { useState } from "react";
import { CodeBlock } from "../../ui/code-block.tsx";
import { SecretDialog } from "../../ui/secret-dialog.tsx";
import { Time } from "../../ui/time.tsx";
import { usePublicUrl } from "../settings/settings.ts";
import { exampleCall } from "./example-call.ts";

export interface ShownSecret {
  token: string;
  name: string;
  scopes: string[];
  package_bound: string[] | null;
  previous_secret?: { last_four: string; expires_at: number } | null;
}

/** The secret, once, with a first call to try it. */
export function NewSecretDialog({ shown, onClose }: { shown: ShownSecret; onClose: () => void }) {
  const publicUrl = usePublicUrl();
  const [now] = useState(() => Date.now() / 1000);
  const call = exampleCall(publicUrl, shown, now);
  const previous = shown.previous_secret;
  return (
    <SecretDialog
      onClose={onClose}
      title={previous ? "The new secret" : "Your management token"}
      description={
        <>
          Paste it into the configuration of <strong className="font-medium text-ink">{shown.name}</strong>.
        </>
      }
      secret={shown.token}
      name="token"
    >
      {previous && (
        <p className="text-ink-2">
          {previous.expires_at > now ? (
            <>
              The secret before (<code>…{previous.last_four}</code>) goes on working until{" "}
              <Time at={previous.expires_at} as="date-time" />.
            </>
          ) : (
            <>
              The secret before (<code>…{previous.last_four}</code>) is refused from now on.
            </>
          )}
        </p>
      )}
      {call !== undefined && <CodeBlock title={call.title} code={call.code} label="Copy command" />}
    </SecretDialog>
  );
}
