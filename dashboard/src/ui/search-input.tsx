import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { withoutSecret } from "../api/quoted-secret.ts";
import { IconButton } from "./button.tsx";
import { CONTROL } from "./field.tsx";
import { classNames } from "./class-names.ts";

const TYPING_MS = 250;

/**
 * Searches while one types, a moment after the last key. `label` is what screen readers call it. A secret that is
 * pasted never leaves the field as it is.
 */
export function SearchInput({
  value,
  onChange,
  label,
  placeholder,
}: {
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder?: string;
}) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  // Changed from outside: the back button, or a filter that was cleared.
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    let isOver = false;
    const timer = setTimeout(() => {
      void withoutSecret(text).then((given) => {
        if (!isOver) onChange(given);
      });
    }, TYPING_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text, value, onChange]);
  return (
    <div className="relative min-w-0 flex-1">
      <Search className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-3" aria-hidden="true" />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={classNames(CONTROL, "h-9 pr-9 pl-9 [&::-webkit-search-cancel-button]:hidden")}
      />
      {text !== "" && (
        <IconButton
          label="Clear"
          className="absolute top-0.5 right-0.5"
          onClick={() => {
            setText("");
            onChange("");
          }}
        >
          <X className="size-3.5" />
        </IconButton>
      )}
    </div>
  );
}
