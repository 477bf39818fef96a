import { useEffect } from "react";
import type { ReactNode } from "react";
import { Logo } from "./logo.tsx";

/** A sheet in the middle: log-in, set-up, invitations. */
export function PlainPage({
  title,
  description,
  wide = false,
  children,
}: {
  title: string;
  description?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · PACKAGE.broker`;
  }, [title]);
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-10 sm:py-16">
      <div className={`w-full ${wide ? "max-w-2xl" : "max-w-md"}`}>
        <div className="mb-8 flex justify-center">
          <Logo />
        </div>
        <section className="rounded-2xl border border-line bg-surface px-6 py-7 shadow-card sm:px-9">
          <h1 className="text-[1.45rem] leading-tight font-semibold tracking-[-0.01em]">{title}</h1>
          {description !== undefined && <div className="mt-1.5 text-ink-2">{description}</div>}
          <div className="mt-6">{children}</div>
        </section>
      </div>
    </main>
  );
}
