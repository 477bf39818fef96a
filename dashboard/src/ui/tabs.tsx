import { useEffect, useRef } from "react";
import { NavLink, useLocation } from "react-router";
import { classNames } from "./class-names.ts";

/** Parts of one thing, each with an address of its own. */
export function TabLinks({
  label,
  tabs,
}: {
  label: string;
  tabs: { to: string; label: string; count?: number | undefined; end?: boolean }[];
}) {
  const ref = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the tabs scroll sideways: the one that is shown must be seen.
  useEffect(() => {
    const nav = ref.current;
    const active = nav?.querySelector<HTMLElement>("[aria-current]");
    if (nav && active) nav.scrollLeft = active.offsetLeft - nav.offsetLeft - 24;
  }, [pathname]);
  return (
    <nav ref={ref} aria-label={label} className="-mb-1 flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <NavLink
          key={tab.to}
          to={tab.to}
          end={tab.end ?? true}
          className={({ isActive }) =>
            classNames(
              "-mb-px flex h-10 items-center gap-1.5 border-b-2 px-3 font-medium whitespace-nowrap transition-colors",
              isActive ? "border-accent text-ink" : "border-transparent text-ink-3 hover:text-ink",
            )
          }
        >
          {tab.label}
          {tab.count !== undefined && (
            <span className="rounded-md bg-sunken px-1.5 text-[0.86rem] text-ink-2 tabular-nums">
              {tab.count.toLocaleString()}
            </span>
          )}
        </NavLink>
      ))}
    </nav>
  );
}
