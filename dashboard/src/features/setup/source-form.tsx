import { PlugZap } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { CredentialFields, SshNote } from "../sources/credential-fields.tsx";
import { FilterInput } from "../sources/filter-input.tsx";
import { FilterPreview } from "../sources/filter-preview.tsx";
import { AccessTokenHelp } from "../sources/host-help.tsx";
import { isSsh } from "../sources/patterns.ts";
import { ProbeResult } from "../sources/probe-result.tsx";
import { useAddSource, useProbe } from "../sources/source-api.ts";
import type { ProbeAnswer } from "../sources/source-api.ts";
import { formProblems } from "../login/form-problems.ts";
import type { SetupDraft } from "./setup-draft.ts";
import { StepActions } from "./setup-frame.tsx";

const LABELS = {
  "/url": "The URL",
  "/username": "The user name",
  "/password": "The access token",
  "/filters": "A filter",
};

/** The first source: its URL, how it is read, a test of both, and what it may publish. */
export function SourceForm({
  draft,
  changeDraft,
  later,
}: {
  draft: SetupDraft;
  changeDraft: (change: SetupDraft) => void;
  later: ReactNode;
}) {
  const [password, setPassword] = useState("");
  const [tested, setTested] = useState<{ what: string; answer: ProbeAnswer }>();
  const probe = useProbe();
  const add = useAddSource();
  const { sourceUrl: url = "", sourceUsername: username = "", sourceFilters: filters = [] } = draft;
  const access = accessOf(url, username, password);
  const what = JSON.stringify(access);
  const answer = tested?.what === what ? tested.answer : undefined;
  const error = add.error ?? probe.error;
  const problems = formProblems(error, LABELS);

  const test = () =>
    probe.mutate(access, {
      onSuccess: (found) => {
        setTested({ what, answer: found });
        const proposed = found.reachable ? found.vendor_suggestion : null;
        if (proposed !== null && filters.length === 0) changeDraft({ sourceFilters: [proposed] });
      },
    });
  const submit = () => add.mutate({ ...access, filters });
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (answer === undefined) test();
        else submit();
      }}
    >
      <TextField
        label="URL of the git repository"
        value={url}
        onChange={(event) => changeDraft({ sourceUrl: event.target.value })}
        error={problems.at("/url")}
        hint="https or ssh, as you would give it to git clone. One repository is one package; more can follow later."
        placeholder="https://git.example.com/acme/checkout.git"
        required
        mono
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
      />
      {isSsh(url) ? (
        <SshNote />
      ) : (
        <>
          <CredentialFields
            value={{ username, password }}
            onChange={(value) => {
              setPassword(value.password);
              if (value.username !== username) changeDraft({ sourceUsername: value.username });
            }}
            error={error}
          />
          {url.trim() !== "" && <AccessTokenHelp url={url} />}
        </>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          kind={answer === undefined ? "primary" : "secondary"}
          icon={<PlugZap className="size-4" />}
          busy={probe.isPending}
          disabled={access.url === ""}
          onClick={test}
        >
          Test connection
        </Button>
        <span className="text-ink-3">
          {probe.isPending ? "Asking the git host …" : "Nothing is stored or published by a test."}
        </span>
      </div>
      {answer !== undefined && !probe.isPending && <ProbeResult answer={answer} />}
      {answer !== undefined && (
        <FilterInput
          value={filters}
          onChange={(value) => changeDraft({ sourceFilters: value })}
          suggestions={suggestionsOf(answer)}
          error={problems.at("/filters")}
        />
      )}
      {answer?.reachable === true && <FilterPreview answer={answer} filters={filters} />}
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <StepActions>
        {later}
        {answer !== undefined && (
          <Button type="submit" kind={answer.reachable ? "primary" : "secondary"} busy={add.isPending}>
            {answer.reachable ? "Add source" : "Add it anyway"}
          </Button>
        )}
      </StepActions>
    </form>
  );
}

/** What is sent; what was left empty is not. With ssh the server's own key reads. */
function accessOf(url: string, username: string, password: string) {
  const credentials = {
    ...(username.trim() === "" ? {} : { username: username.trim() }),
    ...(password === "" ? {} : { password }),
  };
  return { url: url.trim(), ...(isSsh(url) ? {} : credentials) };
}

function suggestionsOf(answer: ProbeAnswer): string[] {
  if (!answer.reachable) return [];
  return [answer.vendor_suggestion, answer.package?.name].filter((one) => typeof one === "string");
}
