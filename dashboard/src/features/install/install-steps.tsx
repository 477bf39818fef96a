import type { ReactNode } from "react";
import { CodeBlock } from "../../ui/code-block.tsx";
import { Note } from "../../ui/note.tsx";
import { Panels } from "../../ui/panels.tsx";
import { addRepository, addToken, authJson, composerJson } from "./commands.ts";
import type { InstallPlace } from "./commands.ts";

/** From the purchase mail to an installed package: three commands, or two files. */
export function InstallSteps({ place, secureHttpNeeded }: { place: InstallPlace; secureHttpNeeded: boolean }) {
  return (
    <Panels
      label="How to configure composer"
      panels={[
        { id: "commands", label: "Command line", content: <ByCommand {...{ place, secureHttpNeeded }} /> },
        { id: "files", label: "composer.json", content: <ByFile {...{ place, secureHttpNeeded }} /> },
      ]}
    />
  );
}

function ByCommand({ place, secureHttpNeeded }: { place: InstallPlace; secureHttpNeeded: boolean }) {
  return (
    <ol className="flex flex-col gap-6">
      <Step number={1} title="Add the repository to your project">
        {secureHttpNeeded && (
          <>
            <PlainHttp />
            <CodeBlock title="Trials only" code="composer config secure-http false" label="Copy command" />
          </>
        )}
        <CodeBlock title="In your project" code={addRepository(place)} label="Copy command" />
      </Step>
      <Step number={2} title="Give composer your token">
        <CodeBlock title="In your project" code={addToken(place)} label="Copy command" />
        <p className="text-ink-2">
          Put the token from your purchase mail in the place of <code>YOUR_TOKEN</code>; it begins with{" "}
          <code>pbt_</code>. Composer writes it into <code>auth.json</code>: keep that file out of git. For all projects
          of your machine, add <code>--global</code> after <code>config</code>.
        </p>
      </Step>
      <Step number={3} title="Install">
        <CodeBlock title="Your package" code="composer require vendor/package" label="Copy command" />
        <p className="text-ink-2">
          The name of the package is in your purchase mail. Updates come with <code>composer update</code>, as for every
          other package.
        </p>
      </Step>
    </ol>
  );
}

function ByFile({ place, secureHttpNeeded }: { place: InstallPlace; secureHttpNeeded: boolean }) {
  return (
    <ol className="flex flex-col gap-6">
      <Step number={1} title="Add this to your composer.json">
        {secureHttpNeeded && (
          <>
            <PlainHttp />
            <CodeBlock
              title="For a trial only, in composer.json too"
              code={JSON.stringify({ config: { "secure-http": false } }, null, 4)}
            />
          </>
        )}
        <CodeBlock title="composer.json" code={composerJson(place)} />
      </Step>
      <Step number={2} title="Put your token beside it, into auth.json">
        <CodeBlock title="auth.json" code={authJson(place)} />
        <p className="text-ink-2">
          With the token from your purchase mail in the place of <code>YOUR_TOKEN</code>. Keep <code>auth.json</code>{" "}
          out of git.
        </p>
      </Step>
      <Step number={3} title="Install">
        <CodeBlock title="Your package" code="composer require vendor/package" label="Copy command" />
      </Step>
    </ol>
  );
}

function PlainHttp() {
  return (
    <Note tone="warn">
      This server is reached without TLS. Composer takes that only when it is told so, and your token travels
      unencrypted.
    </Note>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="flex min-w-0 gap-3 sm:gap-4">
      <span
        aria-hidden="true"
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent-text tabular-nums"
      >
        {number}
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-3 pt-0.5">
        <h3 className="font-semibold">{title}</h3>
        {children}
      </div>
    </li>
  );
}
