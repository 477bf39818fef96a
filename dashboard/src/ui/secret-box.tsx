import { TriangleAlert } from "lucide-react";
import { CopyButton } from "./copy-button.tsx";

/** A secret, shown this once. */
export function SecretBox({
  secret,
  name,
  note = "Copy it now: it is not stored, and cannot be shown again.",
}: {
  secret: string;
  name: string;
  note?: string;
}) {
  return (
    <div className="flex flex-col gap-2.5">
      <div className="flex items-center gap-2 rounded-lg border border-line-strong bg-sunken py-1.5 pr-1.5 pl-3.5">
        <code className="min-w-0 flex-1 text-[1rem] break-all select-all">{secret}</code>
        <CopyButton text={secret} label={`Copy ${name}`} />
      </div>
      <p className="flex gap-2 text-ink-2">
        <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
        {note}
      </p>
    </div>
  );
}
