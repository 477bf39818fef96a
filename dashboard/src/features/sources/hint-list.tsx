import { Lightbulb } from "lucide-react";
import type { components } from "../../api/generated/schema.d.ts";
import { Card } from "../../ui/card.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";

type Hint = components["schemas"]["SourceHint"];

/** No failures: what a customer would find next. Not there where there is nothing. */
export function HintsCard({ hints }: { hints: readonly Hint[] }) {
  if (hints.length === 0) return null;
  return (
    <Card
      title="Worth a look"
      description="No failure: everything that can be published is. A customer would find these next."
    >
      <HintList hints={hints} />
    </Card>
  );
}

export function HintList({ hints }: { hints: readonly Hint[] }) {
  return (
    <ul className="flex flex-col gap-4">
      {hints.map((hint) => (
        <li key={`${hint.code} ${hint.message}`} className="flex gap-2.5">
          <Lightbulb className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
          <div className="min-w-0 flex-1">
            <p className="font-medium wrap-anywhere">
              <bdi>{hint.message}</bdi>
            </p>
            <p className="text-pretty wrap-anywhere text-ink-2">
              <bdi>{hint.what_to_do}</bdi>
            </p>
            {hint.example !== null && (
              <div className="mt-2">
                <CodeBlock code={hint.example} label="Copy the lines" title="composer.json" />
              </div>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
