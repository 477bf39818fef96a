export function Logo() {
  return (
    <span className="flex items-center gap-2.5">
      <svg viewBox="0 0 32 32" className="size-7 shrink-0" aria-hidden="true">
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <path
          d="M16 6.5 24.5 11v10L16 25.5 7.5 21V11zM7.8 11.2 16 15.6l8.2-4.4M16 15.6v9.6"
          className="fill-none stroke-white"
          strokeWidth="2"
          strokeLinejoin="round"
        />
      </svg>
      <span className="text-[1.05rem] font-semibold tracking-[-0.01em]">
        PACKAGE<span className="text-ink-3">.broker</span>
      </span>
    </span>
  );
}
