import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { Spinner } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { useWords } from "../../ui/use-words.ts";
import { useSearch } from "./search-results.ts";
import type { Hit } from "./search-results.ts";

/** One field for whatever somebody quotes; arrows choose, Enter goes there. */
export function SearchDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Search">
      <SearchPanel onDone={onClose} />
    </Dialog>
  );
}

function SearchPanel({ onDone }: { onDone: () => void }) {
  const listId = useId();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const { words, of } = useWords(text.trim());
  const [chosen, setChosen] = useState(0);
  const { hits, error, isSearching } = useSearch(words);
  const at = Math.min(chosen, Math.max(0, hits.length - 1));
  const go = (hit: Hit) => {
    onDone();
    void navigate(hit.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const hit = hits[at];
    if (event.key === "ArrowDown") setChosen((at + 1) % Math.max(1, hits.length));
    else if (event.key === "ArrowUp") setChosen((at - 1 + hits.length) % Math.max(1, hits.length));
    else if (event.key === "Enter" && hit !== undefined && of === text.trim()) go(hit);
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex min-h-96 flex-col gap-3">
      <div className="relative">
        <span className="pointer-events-none absolute top-3 left-3 text-ink-3">
          {isSearching ? <Spinner /> : <Search className="size-4" aria-hidden="true" />}
        </span>
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={hits.length === 0 ? undefined : `${listId}-${String(at)}`}
          aria-label="E-mail, customer id, order, last four of a token, package"
          placeholder="E-mail, name, customer id, order, last four, package"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          className="h-10 w-full rounded-lg border border-line-strong bg-surface pr-3 pl-9 placeholder:text-ink-3"
        />
      </div>
      {error !== null && <ErrorNote error={error} />}
      <div id={listId} role="listbox" aria-label="Results" className="flex flex-col">
        {hits.map((hit, index) => (
          <div key={`${hit.group} ${hit.to}`} role="presentation">
            {hits[index - 1]?.group !== hit.group && (
              <p className="px-2.5 pt-2 pb-1 text-[0.9rem] text-ink-3">{hit.group}</p>
            )}
            <Option
              id={`${listId}-${String(index)}`}
              hit={hit}
              selected={index === at}
              onSelect={() => go(hit)}
              onHover={() => setChosen(index)}
            />
          </div>
        ))}
      </div>
      {hits.length === 0 && !isSearching && error === null && (
        <p className="px-2.5 text-ink-2">
          Nothing has to do with these words. Order numbers and ids have to be whole; of an e-mail address the beginning
          is enough.
        </p>
      )}
    </div>
  );
}

function Option({
  id,
  hit,
  selected,
  onSelect,
  onHover,
}: {
  id: string;
  hit: Hit;
  selected: boolean;
  onSelect: () => void;
  onHover: () => void;
}) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (selected) ref.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  return (
    <div
      ref={ref}
      id={id}
      role="option"
      aria-selected={selected}
      onClick={onSelect}
      onMouseMove={onHover}
      className={classNames(
        "flex cursor-pointer items-baseline justify-between gap-4 rounded-lg px-2.5 py-2",
        selected && "bg-hover",
      )}
    >
      <span className="min-w-0 truncate font-medium">{hit.title}</span>
      <span className="max-w-1/2 shrink-0 truncate text-[0.93rem] text-ink-3">{hit.detail}</span>
    </div>
  );
}
