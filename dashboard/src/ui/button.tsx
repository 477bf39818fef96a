import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "react-router";
import type { LinkProps } from "react-router";
import { classNames } from "./class-names.ts";

type Kind = "primary" | "secondary" | "quiet" | "danger" | "destroy";
type Size = "small" | "medium";

const BASE =
  "inline-flex items-center justify-center gap-1.5 rounded-lg font-medium whitespace-nowrap transition-colors select-none disabled:opacity-55 disabled:cursor-not-allowed";
const KINDS: Record<Kind, string> = {
  primary: "bg-accent text-accent-ink hover:bg-accent-hover shadow-card",
  secondary: "bg-surface text-ink border border-line-strong hover:bg-hover shadow-card",
  quiet: "text-ink-2 hover:bg-hover hover:text-ink",
  danger: "bg-surface text-bad border border-line-strong hover:bg-bad-soft hover:border-bad shadow-card",
  // The last click of something that hurts, where `danger` leads.
  destroy: "bg-bad text-surface hover:bg-bad-hover shadow-card",
};
const SIZES: Record<Size, string> = { small: "h-7 px-2.5 text-[0.93rem]", medium: "h-9 px-3.5" };

interface Look {
  kind?: Kind;
  size?: Size;
  icon?: ReactNode;
}

function look({ kind = "secondary", size = "medium" }: Look, className?: string): string {
  return classNames(BASE, KINDS[kind], SIZES[size], className);
}

/** `busy` keeps its width and its place while the answer is awaited, and cannot be pressed twice. */
export function Button({
  kind,
  size,
  icon,
  busy = false,
  className,
  children,
  disabled,
  type = "button",
  ...rest
}: Look & ButtonHTMLAttributes<HTMLButtonElement> & { busy?: boolean }) {
  return (
    <button
      type={type}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={look({ ...(kind && { kind }), ...(size && { size }) }, className)}
      {...rest}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export function ButtonLink({
  kind,
  size,
  icon,
  className,
  children,
  ...rest
}: Look & LinkProps & { className?: string }) {
  return (
    <Link className={look({ ...(kind && { kind }), ...(size && { size }) }, className)} {...rest}>
      {icon}
      {children}
    </Link>
  );
}

/** A square button that shows an icon only; `label` is what it is called. */
export function IconButton({
  label,
  children,
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classNames(
        "inline-flex size-8 shrink-0 items-center justify-center rounded-lg text-ink-3 transition-colors hover:bg-hover hover:text-ink disabled:opacity-50",
        className,
      )}
      {...rest}
    >
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <svg className="size-4 animate-spin" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <circle cx="8" cy="8" r="6" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
