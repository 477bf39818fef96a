import { Ellipsis } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

const AFTER_CLOSING_MS = 30;

/** What else one can do. `trigger` is a button; the default one shows three dots. */
export function Menu({
  label,
  trigger,
  align = "end",
  children,
}: {
  label: string;
  trigger?: ReactNode;
  align?: "start" | "end";
  children: ReactNode;
}) {
  return (
    // Not modal: that would put style elements into the page, which its content security policy forbids.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        {trigger ?? (
          <button
            type="button"
            aria-label={label}
            title={label}
            className="inline-flex size-8 items-center justify-center rounded-lg text-ink-3 hover:bg-hover hover:text-ink"
          >
            <Ellipsis className="size-4" />
          </button>
        )}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          aria-label={label}
          className="z-40 min-w-44 rounded-xl border border-line bg-raised p-1 shadow-raised"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuItem({
  onSelect,
  danger = false,
  icon,
  children,
}: {
  onSelect: () => void;
  danger?: boolean;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item
      // After the menu gave the focus back to its button: from there a dialog takes it, and returns it.
      onSelect={() => setTimeout(onSelect, AFTER_CLOSING_MS)}
      className={classNames(
        "flex h-8.5 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 outline-none select-none data-[highlighted]:bg-hover [&_svg]:size-4",
        danger ? "text-bad" : "text-ink [&_svg]:text-ink-3",
      )}
    >
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}
