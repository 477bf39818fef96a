import { Menu as MenuIcon, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Link, Outlet, useLocation, useNavigation } from "react-router";
import { IconButton } from "../ui/button.tsx";
import { Logo } from "./logo.tsx";
import { Navigation } from "./navigation.tsx";
import { QuickSearch } from "./quick-search.tsx";
import { UserMenu } from "./user-menu.tsx";
import { WithoutKeyNote } from "./without-key-note.tsx";

/** Navigation at the side (on a phone behind a button), the page beside it. */
export function AppShell() {
  const navigation = useNavigation();
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface px-3 py-4 lg:flex">
        <Link to="/" className="mb-4 rounded-lg px-2 py-1" aria-label="PACKAGE.broker, overview">
          <Logo />
        </Link>
        <QuickSearch />
        <div className="mt-3 min-h-0 flex-1 overflow-y-auto">
          <Navigation />
        </div>
        <UserMenu />
      </aside>
      <PhoneBar />
      {navigation.state === "loading" && (
        <div className="fixed inset-x-0 top-0 z-50 h-0.5 animate-pulse bg-accent" aria-hidden="true" />
      )}
      <main id="main" tabIndex={-1} className="min-w-0 focus:outline-none">
        <WithoutKeyNote className="mx-auto w-full max-w-6xl px-4 pt-4 sm:px-8" />
        <Outlet />
      </main>
    </div>
  );
}

function PhoneBar() {
  const drawer = useRef<HTMLDialogElement>(null);
  const { pathname } = useLocation();
  useEffect(() => drawer.current?.close(), [pathname]);
  return (
    <header className="sticky top-0 z-30 flex h-14 items-center justify-between gap-2 border-b border-line bg-surface px-3 lg:hidden">
      <Link to="/" aria-label="PACKAGE.broker, overview" className="rounded-lg px-1">
        <Logo />
      </Link>
      <span className="flex items-center gap-1">
        <QuickSearch compact />
        <IconButton label="Open the navigation" onClick={() => drawer.current?.showModal()}>
          <MenuIcon className="size-5" />
        </IconButton>
      </span>
      <dialog
        ref={drawer}
        aria-label="Navigation"
        onMouseDown={(event) => {
          if (event.target === drawer.current) drawer.current.close();
        }}
        className="m-0 h-dvh max-h-none w-72 max-w-[85vw] flex-col border-r border-line bg-surface p-4 text-ink open:flex"
      >
        <div className="mb-4 flex items-center justify-between">
          <Logo />
          <IconButton label="Close the navigation" onClick={() => drawer.current?.close()}>
            <X className="size-5" />
          </IconButton>
        </div>
        <div className="flex-1 overflow-y-auto">
          <Navigation />
        </div>
        <UserMenu />
      </dialog>
    </header>
  );
}
