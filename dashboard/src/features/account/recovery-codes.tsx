import { Download, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useUser } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { Checkbox } from "../../ui/field.tsx";

/** The codes, once, to copy or to keep as a file; goes on when they are in a safe place. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { email } = useUser();
  const [kept, setKept] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-ink-2">
        Each of these logs you in once when your phone or passkey is not at hand. Keep them somewhere else.
      </p>
      <ul
        aria-label="Recovery codes"
        className="grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-lg border border-line-strong bg-sunken px-5 py-4 text-center"
      >
        {codes.map((code) => (
          <li key={code}>
            <code className="text-[1rem] select-all">{code}</code>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center gap-2">
        <CopyButton text={codes.join("\n")} label="Copy codes" />
        <Button size="small" icon={<Download className="size-3.5" />} onClick={() => download(email, codes)}>
          Download as .txt
        </Button>
      </div>
      <p className="flex gap-2 text-ink-2">
        <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
        They are not shown again. You can make new ones; those of before end then.
      </p>
      <Checkbox label="I have kept them" checked={kept} onChange={(event) => setKept(event.target.checked)} />
      <Actions>
        <Button kind="primary" disabled={!kept} onClick={onDone}>
          Done
        </Button>
      </Actions>
    </div>
  );
}

function download(email: string, codes: readonly string[]): void {
  const lines = [
    `Recovery codes of ${email}`,
    location.origin,
    new Date().toISOString(),
    "",
    "Each works once, instead of the code of the authenticator.",
    "",
    ...codes,
    "",
  ];
  const url = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `recovery-codes-${location.hostname}.txt`;
  link.click();
  URL.revokeObjectURL(url);
}
