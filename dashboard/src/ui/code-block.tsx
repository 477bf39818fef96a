import { classNames } from "./class-names.ts";
import { CopyButton } from "./copy-button.tsx";

/**
 * Lines to paste, whole: with a copy button, never wrapped in the middle of a word of the shell. `wrap` is for prose,
 * such as a mail.
 */
export function CodeBlock({
  code,
  label,
  title,
  wrap = false,
}: {
  code: string;
  label?: string;
  title?: string;
  wrap?: boolean;
}) {
  return (
    <figure className="min-w-0 overflow-hidden rounded-lg border border-line bg-sunken">
      <figcaption className="flex min-h-10 items-center justify-between gap-3 border-b border-line py-1 pr-1.5 pl-3.5 text-[0.93rem] text-ink-2">
        <span className="truncate">{title}</span>
        <CopyButton text={code} {...(label === undefined ? {} : { label })} />
      </figcaption>
      <pre
        className={classNames(
          "overflow-x-auto px-3.5 py-3 leading-relaxed",
          wrap && "[overflow-wrap:anywhere] whitespace-pre-wrap",
        )}
        tabIndex={0}
      >
        <code>{code}</code>
      </pre>
    </figure>
  );
}
