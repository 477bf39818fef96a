import { CodeBlock } from "../../ui/code-block.tsx";
import { Panels } from "../../ui/panels.tsx";
import { VERIFY_NODE, VERIFY_PHP } from "./verify-code.ts";
import { PageLink } from "../../ui/page-link.tsx";

/** How a receiver tells that a message is from here. */
export function VerifySnippets() {
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Panels
        label="Languages"
        panels={[
          { id: "php", label: "PHP", content: <CodeBlock title="Checks a message" code={VERIFY_PHP} /> },
          { id: "node", label: "Node", content: <CodeBlock title="Checks a message" code={VERIFY_NODE} /> },
        ]}
      />
      <p className="text-[0.93rem] text-ink-3">
        As Standard Webhooks 1.0.0 has it, whose libraries do the same. What each event holds is in{" "}
        <PageLink href="/docs/reference/webhooks">the reference</PageLink>, every operation on{" "}
        <PageLink href="/api/docs/webhooks">the page of the API</PageLink>.
      </p>
    </div>
  );
}
