import { PlugZap } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { CredentialFields, SshNote, fieldError, givenOf, isSaidAtField } from "./credential-fields.tsx";
import type { Credentials } from "./credential-fields.tsx";
import { FilterInput } from "./filter-input.tsx";
import { FilterPreview } from "./filter-preview.tsx";
import { AccessTokenHelp, UrlExamples } from "./host-help.tsx";
import { isSsh } from "./patterns.ts";
import { ProbeResult } from "./probe-result.tsx";
import { useAddSource, useProbe } from "./source-api.ts";
import type { ProbeAnswer, Source } from "./source-api.ts";

const NOTHING: Credentials = { username: "", password: "" };

/** URL, credentials, a test of both, the filter with what it would take. */
export function NewSourceForm({ onAdded }: { onAdded: (source: Source) => void }) {
  const [url, setUrl] = useState("");
  const [credentials, setCredentials] = useState(NOTHING);
  const [filters, setFilters] = useState<string[]>([]);
  const [tested, setTested] = useState<{ what: string; answer: ProbeAnswer }>();
  const probe = useProbe();
  const add = useAddSource();
  const access = { url: url.trim(), ...(isSsh(url) ? {} : givenOf(credentials)) };
  const what = JSON.stringify(access);
  const answer = tested?.what === what ? tested.answer : undefined;
  const isEmpty = access.url === "";

  const test = () => {
    // Without filters: what they take of what is found is shown as they are written.
    probe.mutate(
      { ...access, filters: [] },
      {
        onSuccess: (found) => {
          setTested({ what, answer: found });
          if (found.reachable && found.vendor_suggestion !== null && filters.length === 0) {
            setFilters([found.vendor_suggestion]);
          }
        },
      },
    );
  };
  const submit = () => add.mutate({ ...access, filters }, { onSuccess: onAdded });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (answer === undefined) test();
        else submit();
      }}
    >
      <Step number={1} title="Where is the repository?">
        <TextField
          label="URL of the git repository"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          error={fieldError(add.error, "/url") ?? fieldError(probe.error, "/url")}
          hint="https or ssh, as you would give it to git clone. One repository is one package."
          placeholder="https://git.example.com/acme/core.git"
          required
          mono
          autoFocus
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
        {isEmpty && <UrlExamples onPick={setUrl} />}
      </Step>
      <Step number={2} title="How is it read?">
        {isSsh(url) ? (
          <SshNote />
        ) : (
          <>
            <p className="text-ink-2">
              A private repository needs an access token that may read it, and nothing else. A public one needs none.
            </p>
            <CredentialFields value={credentials} onChange={setCredentials} error={probe.error ?? add.error} />
            <AccessTokenHelp url={url} />
          </>
        )}
        <div className="flex flex-wrap items-center gap-3">
          <Button
            kind={answer === undefined ? "primary" : "secondary"}
            icon={<PlugZap className="size-4" />}
            busy={probe.isPending}
            disabled={isEmpty}
            {...(answer === undefined ? { type: "submit" } : { onClick: test })}
          >
            Test connection
          </Button>
          <span className="text-ink-3">
            {probe.isPending ? "Asking the git host …" : "Nothing is stored or published by a test."}
          </span>
        </div>
        {answer !== undefined && !probe.isPending && <ProbeResult answer={answer} />}
        {probe.isError && !isSaidAtField(probe.error, ["/url", "/username", "/password"]) && (
          <ErrorNote error={probe.error} />
        )}
      </Step>
      {answer !== undefined && (
        <Step number={3} title="What may it publish?">
          <FilterInput
            value={filters}
            onChange={setFilters}
            suggestions={suggestionsOf(answer)}
            error={fieldError(add.error, "/filters")}
          />
          {answer.reachable && <FilterPreview answer={answer} filters={filters} />}
        </Step>
      )}
      {answer !== undefined && (
        <div className="flex flex-col gap-3">
          {add.isError && !isSaidAtField(add.error, ["/url", "/username", "/password", "/filters"]) && (
            <ErrorNote error={add.error} />
          )}
          <div className="flex flex-wrap items-center justify-end gap-3">
            <span className="text-ink-3">
              {answer.reachable
                ? "It is synced at once, and about every 15 minutes from then on."
                : "It is tried again about every 15 minutes until it works."}
            </span>
            <Button type="submit" kind={answer.reachable ? "primary" : "secondary"} busy={add.isPending}>
              {answer.reachable ? "Add source" : "Add it anyway"}
            </Button>
          </div>
        </div>
      )}
    </form>
  );
}

function suggestionsOf(answer: ProbeAnswer): string[] {
  if (!answer.reachable) return [];
  return [answer.vendor_suggestion, answer.package?.name].filter((one) => typeof one === "string");
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section className="rounded-xl border border-line bg-surface px-5 py-5 shadow-card">
      <h2 className="flex items-center gap-2.5 text-[1.07rem] font-semibold">
        <span
          className="flex size-6 items-center justify-center rounded-full bg-accent-soft text-[0.93rem] text-accent-text"
          aria-hidden="true"
        >
          {number}
        </span>
        {title}
      </h2>
      <div className="mt-4 flex flex-col gap-4">{children}</div>
    </section>
  );
}
