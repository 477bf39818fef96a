import { CodeBlock } from "../../ui/code-block.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { SecretBox } from "../../ui/secret-box.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { useInstallFacts } from "../settings/settings.ts";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { composerLines } from "./delivery.ts";
import type { Delivery } from "./delivery.ts";
import { patternsOpen } from "./package-patterns.ts";

/** The secret, this once, with what the customer needs: the lines to run, and a mail to copy. */
export function SecretDelivery({ delivery }: { delivery: Omit<Delivery, "example"> }) {
  const facts = useInstallFacts();
  const { names } = useHostedPackages();
  const example = names.find((name) => patternsOpen(delivery.patterns, name));
  const whole = { ...delivery, example };
  return (
    <div className="flex flex-col gap-4">
      <SecretBox secret={delivery.secret} name="token" />
      {facts.error !== null && <ErrorNote error={facts.error} />}
      {facts.isPending && <Skeleton className="h-40 w-full" />}
      {facts.data !== undefined && (
        <>
          <CodeBlock
            title="In their project"
            label="Copy commands"
            code={composerLines(facts.data, whole).join("\n")}
          />
          {delivery.mail !== undefined && (
            <CodeBlock
              wrap
              title={`A mail to the customer: ${delivery.mail.subject}`}
              label="Copy mail"
              code={delivery.mail.text.trimEnd()}
            />
          )}
        </>
      )}
    </div>
  );
}
