import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { Note } from "../../ui/note.tsx";
import { SecretBox } from "../../ui/secret-box.tsx";
import { useInstallFacts } from "../settings/settings.ts";

interface ShownToken {
  id: string;
  description: string;
  last_four: string;
  /** null: it kept the one it had. */
  token: string | null;
}

/** What is shown once, after tokens got a new owner. */
export function NewSecrets({
  tokens,
  warnings = [],
  onClose,
}: {
  tokens: ShownToken[];
  warnings?: string[] | undefined;
  onClose: () => void;
}) {
  const facts = useInstallFacts();
  const replaced = tokens.filter(({ token }) => token !== null);
  return (
    <>
      <div className="flex flex-col gap-5">
        {replaced.length === 0 && <p className="text-ink-2">No token got a new secret.</p>}
        {warnings.map((warning) => (
          <Note key={warning} tone="warn">
            {warning}
          </Note>
        ))}
        {replaced.map((token) => (
          <section key={token.id} className="flex flex-col gap-2.5">
            <h3 className="font-medium [overflow-wrap:anywhere]">{token.description}</h3>
            <SecretBox secret={token.token ?? ""} name={`token ${token.last_four}`} />
            {facts.data !== undefined && (
              <CodeBlock
                title="In their project"
                label={`Copy command for ${token.last_four}`}
                code={`composer config http-basic.${facts.data.host} token ${token.token ?? ""}`}
              />
            )}
          </section>
        ))}
      </div>
      <Actions>
        <Button kind="primary" onClick={onClose}>
          {replaced.length === 0 ? "Done" : `Done, I have copied ${replaced.length === 1 ? "it" : "them"}`}
        </Button>
      </Actions>
    </>
  );
}
