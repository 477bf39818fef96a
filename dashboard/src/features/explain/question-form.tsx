import { useId, useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { useHostedPackages } from "../packages/hosted-packages.ts";
import { usePackage } from "../packages/package-api.ts";

const VERSIONS_SUGGESTED = 100;

/** What is asked: who (`children`), which package, and perhaps which version. */
export function QuestionForm({
  asked,
  isReady,
  error,
  onAsk,
  children,
}: {
  asked: { package: string; version: string };
  /** Whether there is somebody to ask about. */
  isReady: boolean;
  error: (pointer: string) => string | undefined;
  onAsk: (asked: { package: string; version: string }) => void;
  children: ReactNode;
}) {
  const packagesId = useId();
  const versionsId = useId();
  const [name, setName] = useState(asked.package);
  const [version, setVersion] = useState(asked.version);
  const [seen, setSeen] = useState(asked);
  // Changed from outside: a link, or the back button.
  if (seen.package !== asked.package || seen.version !== asked.version) {
    setSeen(asked);
    setName(asked.package);
    setVersion(asked.version);
  }
  const { names } = useHostedPackages();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onAsk({ package: name.trim().toLowerCase(), version: version.trim() });
      }}
      className="flex flex-col gap-5"
    >
      {children}
      <TextField
        label="Package"
        mono
        required
        list={packagesId}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder={names[0] ?? "vendor/package"}
        value={name}
        error={error("?package")}
        onChange={(event) => setName(event.target.value)}
      />
      <datalist id={packagesId}>
        {names.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <TextField
        label="Version"
        optional
        mono
        list={versionsId}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder="the newest"
        value={version}
        error={error("?version")}
        onChange={(event) => setVersion(event.target.value)}
        hint="As composer names it, if they need a certain one."
      />
      <datalist id={versionsId}>{names.includes(name) && <VersionOptions of={name} />}</datalist>
      <Button type="submit" kind="primary" disabled={!isReady} className="self-start">
        Explain
      </Button>
    </form>
  );
}

function VersionOptions({ of: packageName }: { of: string }) {
  const [vendor = "", name = ""] = packageName.split("/");
  const found = usePackage({ vendor, name }, false);
  const versions = (found.data?.versions ?? []).slice(0, VERSIONS_SUGGESTED);
  return versions.map(({ version }) => <option key={version} value={version} />);
}
