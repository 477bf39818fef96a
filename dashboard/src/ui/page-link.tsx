import type { ReactNode } from "react";

/** Leads to a page of the server that is none of the dashboard's: the guides, the API. */
export function PageLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" className="text-accent-text underline">
      {children}
    </a>
  );
}
