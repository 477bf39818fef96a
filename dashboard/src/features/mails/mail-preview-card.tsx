import { Send } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { CONTROL } from "../../ui/field.tsx";
import { Note } from "../../ui/note.tsx";
import { Panels } from "../../ui/panels.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { KINDS, useMailPreview, useMailSetup } from "./mails.ts";
import type { MailKind, MailSetup } from "./mails.ts";
import { TestMailDialog } from "./test-mail-dialog.tsx";

/** Each kind of mail as a customer gets it, with made-up values. */
export function MailPreviewCard() {
  const mayTest = useMay("settings:write");
  const setup = useMailSetup();
  const [kind, setKind] = useState<MailKind>("ready");
  const [isTesting, setIsTesting] = useState(false);
  return (
    <Card
      title="What they look like"
      description="With made-up values. Your own templates are read from MAIL_TEMPLATES_DIR."
      actions={
        <>
          <span className="w-40">
            <select
              aria-label="Kind of mail"
              value={kind}
              onChange={(event) => setKind(KINDS.find((one) => one.kind === event.target.value)?.kind ?? "ready")}
              className={`${CONTROL} h-9`}
            >
              {KINDS.map((one) => (
                <option key={one.kind} value={one.kind}>
                  {one.name}
                </option>
              ))}
            </select>
          </span>
          {mayTest && setup.data?.can_send === true && (
            <Button icon={<Send className="size-4" />} onClick={() => setIsTesting(true)}>
              Send a test
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {(setup.data?.problems ?? []).length > 0 && <Problems problems={setup.data?.problems ?? []} />}
        <Preview key={kind} kind={kind} setup={setup.data} />
      </div>
      <TestMailDialog kind={kind} open={isTesting} onClose={() => setIsTesting(false)} />
    </Card>
  );
}

function Preview({ kind, setup }: { kind: MailKind; setup: MailSetup | undefined }) {
  const preview = useMailPreview(kind);
  const own = setup?.templates.find((template) => template.kind === kind)?.own ?? [];
  if (preview.error !== null) return <ErrorNote error={preview.error} onRetry={() => void preview.refetch()} />;
  if (preview.data === undefined) return <Skeleton className="h-120 w-full" />;
  const { subject, text, problems } = preview.data;
  return (
    <>
      {problems.length > 0 && <Problems problems={problems} />}
      <div>
        <p className="text-ink-3">
          {KINDS.find((one) => one.kind === kind)?.when}{" "}
          {own.length > 0 && <Badge tone="accent">{`Your own: ${own.join(", ")}`}</Badge>}
        </p>
        <p className="mt-1 wrap-anywhere">
          <span className="text-ink-3">Subject</span> <span className="font-medium">{subject}</span>
        </p>
      </div>
      <Panels
        label="Parts of the mail"
        panels={[
          {
            id: "html",
            label: "HTML",
            content: (
              <iframe
                src={`/api/mail-templates/${kind}/preview.html`}
                title={`Preview of the mail “${subject}”`}
                sandbox=""
                className="h-150 w-full rounded-lg border border-line bg-white"
              />
            ),
          },
          { id: "text", label: "Plain text", content: <CodeBlock title="Plain text" code={text} wrap /> },
        ]}
      />
    </>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <Note tone="warn">
      <p>Something of your templates cannot be used; what is shipped is sent in its place.</p>
      <ul className="mt-1 list-disc pl-5">
        {problems.map((problem) => (
          <li key={problem} className="wrap-anywhere">
            {problem}
          </li>
        ))}
      </ul>
    </Note>
  );
}
