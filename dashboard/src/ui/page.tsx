import { ChevronRight } from "lucide-react";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";

/** The frame of every page: where one is, what it is called, what one can do here. */
export function Page({
  title,
  heading,
  description,
  crumbs = [],
  actions,
  children,
}: {
  /** In the browser's tab, and the heading unless `heading` is given. */
  title: string;
  heading?: ReactNode;
  description?: ReactNode;
  crumbs?: { to: string; label: string }[];
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · PACKAGE.broker`;
  }, [title]);
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8 sm:py-8">
      {crumbs.length > 0 && (
        <nav aria-label="Breadcrumb" className="mb-2 flex flex-wrap items-center gap-1 text-ink-3">
          {crumbs.map((crumb) => (
            <span key={crumb.to} className="flex items-center gap-1">
              <Link to={crumb.to} className="hover:text-ink hover:underline">
                {crumb.label}
              </Link>
              <ChevronRight className="size-3.5" aria-hidden="true" />
            </span>
          ))}
        </nav>
      )}
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-[1.45rem] leading-tight font-semibold tracking-[-0.015em] wrap-anywhere sm:text-[1.7rem]">
            {heading ?? title}
          </h1>
          {description !== undefined && (
            <div className="mt-1.5 max-w-2xl wrap-anywhere text-pretty text-ink-2">{description}</div>
          )}
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      <div className="flex flex-col gap-5">{children}</div>
    </div>
  );
}
