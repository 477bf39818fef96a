import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { SearchDialog } from "../features/search/search-dialog.tsx";
import { IconButton } from "../ui/button.tsx";

/** Opens with `/` or Ctrl+K from everywhere. */
export function QuickSearch({ compact = false }: { compact?: boolean }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (compact) return;
    const onKey = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");
      const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
      if (!wanted || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [compact]);
  return (
    <>
      {compact ? (
        <IconButton label="Search" onClick={() => setOpen(true)}>
          <Search className="size-5" />
        </IconButton>
      ) : (
        <button
          type="button"
          onClick={() => setOpen(true)}
          className="flex h-9 w-full items-center gap-2 rounded-lg border border-line-strong px-2.5 text-ink-3 hover:bg-hover"
        >
          <Search className="size-4" aria-hidden="true" />
          Search
          <kbd className="ml-auto rounded border border-line px-1.5 text-[0.86rem]">/</kbd>
        </button>
      )}
      <SearchDialog open={open} onClose={() => setOpen(false)} />
    </>
  );
}
