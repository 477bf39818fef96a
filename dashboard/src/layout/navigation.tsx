import {
  BookOpen,
  ChartColumn,
  CircleHelp,
  FolderGit2,
  KeyRound,
  LayoutDashboard,
  Package,
  ScrollText,
  Settings,
  Users,
} from "lucide-react";
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { useSession } from "../api/session.ts";
import { classNames } from "../ui/class-names.ts";

interface Entry {
  to: string;
  label: string;
  icon: ReactNode;
  /** Shown to who has it; everybody has an account, so settings are there for all. */
  scope?: string;
  end?: boolean;
}

const ENTRIES: Entry[] = [
  { to: "/", label: "Overview", icon: <LayoutDashboard />, scope: "usage:read", end: true },
  { to: "/customers", label: "Customers", icon: <Users />, scope: "customers:read" },
  { to: "/tokens", label: "Tokens", icon: <KeyRound />, scope: "tokens:read" },
  { to: "/explain", label: "Can’t install?", icon: <CircleHelp />, scope: "tokens:read" },
  { to: "/packages", label: "Packages", icon: <Package />, scope: "packages:read" },
  { to: "/sources", label: "Sources", icon: <FolderGit2 />, scope: "sources:read" },
  { to: "/usage", label: "Usage", icon: <ChartColumn />, scope: "usage:read" },
  { to: "/audit-log", label: "Audit log", icon: <ScrollText />, scope: "audit:read" },
  { to: "/settings", label: "Settings", icon: <Settings /> },
];

export function Navigation() {
  const { data } = useSession();
  const scopes = data?.user?.scopes ?? [];
  return (
    <nav aria-label="Main" className="flex flex-col gap-0.5">
      {ENTRIES.filter((entry) => entry.scope === undefined || scopes.includes(entry.scope)).map((entry) => (
        <NavLink
          key={entry.to}
          to={entry.to}
          end={entry.end ?? false}
          className={({ isActive }) =>
            classNames(
              "flex h-9 items-center gap-2.5 rounded-lg px-2.5 font-medium transition-colors [&_svg]:size-4",
              isActive
                ? "bg-accent-soft text-accent-text"
                : "text-ink-2 hover:bg-hover hover:text-ink [&_svg]:text-ink-3",
            )
          }
        >
          {entry.icon}
          {entry.label}
        </NavLink>
      ))}
      {/* Pages of the server, not of the dashboard. */}
      <a
        href="/docs"
        target="_blank"
        rel="noreferrer"
        className="flex h-9 items-center gap-2.5 rounded-lg px-2.5 font-medium text-ink-2 transition-colors hover:bg-hover hover:text-ink [&_svg]:size-4 [&_svg]:text-ink-3"
      >
        <BookOpen />
        Guides
      </a>
    </nav>
  );
}
