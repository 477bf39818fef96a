import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";
import { classNames } from "./class-names.ts";

/**
 * The browser's own modal dialog: keeps the focus inside, gives it back, closes with Escape. Its content exists only
 * while it is open, so that a form begins afresh each time.
 */
export function Dialog({
  open,
  onClose,
  title,
  description,
  wide = false,
  dismissible = true,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  wide?: boolean;
  /** False while something is shown that cannot be shown again. */
  dismissible?: boolean;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A dialog that leaves the page without being closed gives the focus back as well.
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    return () => {
      if (dialog?.isConnected !== false) return;
      const isThere = before instanceof HTMLElement && before.isConnected && before !== document.body;
      (isThere ? before : document.getElementById("main"))?.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (open && !dialog.open) {
      dialog.showModal();
      // The browser takes the first button there is, which is the one that closes.
      firstControl(dialog.lastElementChild?.lastElementChild)?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      // An impatient second Escape closes a dialog in spite of `onCancel`, in browsers without `closedby`.
      closedby={dismissible ? "closerequest" : "none"}
      onClose={() => (open && !dismissible ? ref.current?.showModal() : onClose())}
      onCancel={(event) => {
        if (!dismissible) event.preventDefault();
      }}
      onMouseDown={(event) => {
        if (dismissible && event.target === ref.current) ref.current.close();
      }}
      className={classNames(
        "m-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] overflow-visible rounded-2xl border border-line bg-raised p-0 text-ink shadow-raised",
        wide ? "max-w-2xl" : "max-w-lg",
      )}
    >
      {open && (
        <div className="flex max-h-[calc(100dvh-2rem)] flex-col">
          <header className="flex items-start justify-between gap-4 px-6 pt-5 pb-1">
            <div className="min-w-0">
              <h2 id={titleId} className="text-[1.2rem] font-semibold">
                {title}
              </h2>
              {description !== undefined && <p className="mt-1 text-ink-2">{description}</p>}
            </div>
            {dismissible && (
              <IconButton label="Close" className="-mr-2" onClick={() => ref.current?.close()}>
                <X className="size-4" />
              </IconButton>
            )}
          </header>
          <div className="overflow-y-auto px-6 pt-3 pb-6">{children}</div>
        </div>
      )}
    </dialog>
  );
}

/** Where one goes on: the first control of the content, of radio buttons the chosen one. */
export function firstControl(content: Element | null | undefined): HTMLElement | null | undefined {
  const first = content?.querySelector<HTMLElement>(
    ":is(input, select, textarea, button):not(:disabled, [hidden], [type=hidden])",
  );
  if (!(first instanceof HTMLInputElement) || first.type !== "radio") return first;
  return content?.querySelector<HTMLElement>("input[type=radio]:checked") ?? first;
}

/** The buttons at the foot of a dialog, in sight however long it is. */
export function Actions({ children }: { children: ReactNode }) {
  return (
    <div className="sticky -bottom-6 z-10 -mx-6 mt-6 -mb-6 flex flex-wrap justify-end gap-2 rounded-b-2xl border-t border-line bg-raised px-6 py-4 [form>&]:mt-1">
      {children}
    </div>
  );
}
