import { Monitor, Moon, Sun } from "lucide-react";
import type { ReactNode } from "react";
import { useTheme } from "../../layout/theme.ts";
import type { Theme } from "../../layout/theme.ts";
import { Card } from "../../ui/card.tsx";
import { classNames } from "../../ui/class-names.ts";

const THEMES: readonly { theme: Theme; label: string; icon: ReactNode }[] = [
  { theme: "light", label: "Light", icon: <Sun /> },
  { theme: "dark", label: "Dark", icon: <Moon /> },
  { theme: "system", label: "Like the system", icon: <Monitor /> },
];

export function ThemeCard() {
  const [theme, setTheme] = useTheme();
  return (
    <Card title="Appearance" description="Of this browser.">
      <fieldset>
        <legend className="sr-only">Theme</legend>
        <div className="grid max-w-xl gap-2 sm:grid-cols-3">
          {THEMES.map((choice) => (
            <label
              key={choice.theme}
              className={classNames(
                "flex h-11 cursor-pointer items-center gap-2.5 rounded-lg border px-3.5 font-medium transition-colors focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent [&_svg]:size-4",
                theme === choice.theme
                  ? "border-accent bg-accent-soft text-accent-text"
                  : "border-line-strong text-ink-2 hover:bg-hover",
              )}
            >
              <input
                type="radio"
                name="theme"
                className="sr-only"
                checked={theme === choice.theme}
                onChange={() => setTheme(choice.theme)}
              />
              {choice.icon}
              {choice.label}
            </label>
          ))}
        </div>
      </fieldset>
    </Card>
  );
}
