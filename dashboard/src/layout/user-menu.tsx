import { useMutation } from "@tanstack/react-query";
import { BookOpen, ChevronsUpDown, LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { useNavigate } from "react-router";
import { api } from "../api/client.ts";
import { useSessionChanged, useUser } from "../api/session.ts";
import { Menu, MenuItem, MenuSeparator } from "../ui/menu.tsx";
import { useTheme } from "./theme.ts";
import type { Theme } from "./theme.ts";

const THEMES: { theme: Theme; label: string; icon: React.ReactNode }[] = [
  { theme: "light", label: "Light", icon: <Sun /> },
  { theme: "dark", label: "Dark", icon: <Moon /> },
  { theme: "system", label: "Like the system", icon: <Monitor /> },
];

export function UserMenu() {
  const user = useUser();
  const navigate = useNavigate();
  const sessionChanged = useSessionChanged();
  const [theme, setTheme] = useTheme();
  const logOut = useMutation({ mutationFn: () => api.DELETE("/api/session"), onSettled: sessionChanged });
  const trigger = (
    <button type="button" className="flex w-full items-center gap-2.5 rounded-lg p-2 text-left hover:bg-hover">
      <span className="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent-text uppercase">
        {user.name.charAt(0)}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{user.name}</span>
        <span className="block truncate text-[0.9rem] text-ink-3">{user.email}</span>
      </span>
      <ChevronsUpDown className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
    </button>
  );
  return (
    <Menu label="Your account" trigger={trigger} align="start">
      <MenuItem icon={<UserRound />} onSelect={() => void navigate("/settings/account")}>
        Your account
      </MenuItem>
      <MenuItem icon={<BookOpen />} onSelect={() => void navigate("/install")}>
        Page for your customers
      </MenuItem>
      <MenuSeparator />
      {THEMES.map((choice) => (
        <MenuItem key={choice.theme} icon={choice.icon} onSelect={() => setTheme(choice.theme)}>
          {choice.label}
          {theme === choice.theme && <span className="ml-auto text-ink-3">✓</span>}
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem icon={<LogOut />} onSelect={() => logOut.mutate()}>
        Log out
      </MenuItem>
    </Menu>
  );
}
