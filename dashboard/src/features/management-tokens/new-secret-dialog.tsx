import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { SecretBox } from "../../ui/secret-box.tsx";
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

/** The secret, once. It does not close before somebody says that it is in a safe place. */
export function NewSecretDialog({ shown, onClose }: { shown: ShownSecret; onClose: () => void }) {
  const publicUrl = usePublicUrl();
  const [now] = useState(() => Date.now() / 1000);
  const [copied, setCopied] = useState(false);
  const call = exampleCall(publicUrl, shown.token, shown);
  const previous = shown.previous_secret;
  return (
    <Dialog
      open
      wide
      dismissible={false}
      onClose={onClose}
      title={previous ? "The new secret" : "Your management token"}
      description={
        <>
          Paste it into the configuration of <strong className="font-medium text-ink">{shown.name}</strong>.
        </>
      }
    >
      <div className="flex flex-col gap-5">
        <SecretBox secret={shown.token} name="token" />
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
