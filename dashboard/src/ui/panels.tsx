import { Tabs } from "radix-ui";
import type { ReactNode } from "react";

/** Ways to do the same thing, of which one needs a single one: arrow keys go from one to the next. */
export function Panels({
  label,
  panels,
}: {
  label: string;
  panels: readonly { id: string; label: string; content: ReactNode }[];
}) {
  return (
    <Tabs.Root defaultValue={panels[0]?.id ?? ""} className="min-w-0">
      <Tabs.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {panels.map(({ id, label: name }) => (
          <Tabs.Trigger
            key={id}
            value={id}
            className="-mb-px h-10 rounded-t-md border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-ink-3 transition-colors hover:text-ink focus-visible:-outline-offset-2 data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {panels.map(({ id, content }) => (
        <Tabs.Content key={id} value={id} className="flex min-w-0 flex-col gap-3 pt-4">
          {content}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
