import { PlugZap } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { BranchInput } from "./branch-input.tsx";
import { isSameChoice } from "./branches.ts";
import type { BranchChoice } from "./branches.ts";
import { CREDENTIAL_LABELS, CredentialFields, SshNote, givenOf } from "./credential-fields.tsx";
import { FilterInput } from "./filter-input.tsx";
import { FilterPreview } from "./filter-preview.tsx";
import { AccessTokenHelp, UrlExamples } from "./host-help.tsx";
import { isSsh } from "./patterns.ts";
import { ProbeResult } from "./probe-result.tsx";
import { useAddSource, useProbe } from "./source-api.ts";
import type { ProbeAnswer, Source } from "./source-api.ts";

/** What may be kept while the form is filled in; the access token never is. */
export interface SourceDraft {
  url: string;
  username: string;
  filters: string[];
  branches: BranchChoice;
}

const LABELS = { "/url": "The URL", "/filters": "A filter", "/branches": "The selection", ...CREDENTIAL_LABELS };

/** A new source: its URL, how it is read, a test of both, and what it may publish, with what that would be. */
export function SourceForm({
  draft,
  onDraft,
  onAdded,
  otherAction,
}: {
  draft: SourceDraft;
  onDraft: (change: Partial<SourceDraft>) => void;
  onAdded?: (source: Source) => void;
  /** What else one can do here, beside adding it. */
  otherAction?: ReactNode;
}) {
  const { url, username, filters, branches } = draft;
  const [password, setPassword] = useState("");
  const [tested, setTested] = useState<{ what: string; answer: ProbeAnswer }>();
  const probe = useProbe();
  const add = useAddSource();
  const access = { url: url.trim(), ...(isSsh(url) ? {} : givenOf({ username, password })) };
  const what = JSON.stringify(access);
  const answer = tested?.what === what ? tested.answer : undefined;
  const problems = formProblems(add.error ?? probe.error, LABELS);
  const test = (choice = branches) => {
    add.reset();
    // Without filters: what they take of what is found is shown as they are written.
    probe.mutate(
      { ...access, filters: [], ...(choice.length === 0 ? {} : { branches: choice }) },
      {
        onSuccess: (found) => {
          setTested({ what, answer: found });
          const proposed = found.reachable ? found.vendor_suggestion : null;
          if (proposed !== null && filters.length === 0) onDraft({ filters: [proposed] });
        },
      },
    );
  };
  const chooseBranches = (choice: BranchChoice) => {
    if (isSameChoice(choice, branches)) return;
    onDraft({ branches: choice });
    // Another choice takes other versions; which, the test tells.
    if (answer?.reachable === true && choice.length > 0) test(choice);
  };
  const submit = () => add.mutate({ ...access, filters, branches }, { onSuccess: (source) => onAdded?.(source) });
  return (
    <form
      className="flex flex-col divide-y divide-line [&>*]:py-6 [&>*:first-child]:pt-0 [&>*:last-child]:pb-0"
      onSubmit={(event) => {
        event.preventDefault();
        if (answer === undefined) test();
        else submit();
      }}
    >
      <Part title="Where is the repository?">
        <TextField
          label="URL of the git repository"
          value={url}
          onChange={(event) => onDraft({ url: event.target.value })}
          error={problems.at("/url")}
          hint="https or ssh, as you would give it to git clone. One repository is one package."
          placeholder="https://git.example.com/acme/core.git"
          required
          mono
          autoFocus
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
        />
        {access.url === "" && <UrlExamples onPick={(example) => onDraft({ url: example })} />}
      </Part>
      <Part title="How is it read?">
        {isSsh(url) ? (
          <SshNote />
        ) : (
          <>
            <p className="text-ink-2">
              A private repository needs an access token that may read it, and nothing else. A public one needs none.
            </p>
            <CredentialFields
              value={{ username, password }}
              onChange={(value) => {
                setPassword(value.password);
                if (value.username !== username) onDraft({ username: value.username });
              }}
              problems={problems}
            />
            <AccessTokenHelp url={url} />
          </>
        )}
        <ConnectionTest
          isPrimary={answer === undefined}
          isEmpty={access.url === ""}
          isPending={probe.isPending}
          onTest={() => test()}
        />
        {answer !== undefined && <ProbeResult answer={answer} />}
      </Part>
      {answer !== undefined && (
        <Part title="What may it publish?">
          <FilterInput
            value={filters}
            onChange={(value) => onDraft({ filters: value })}
            suggestions={suggestionsOf(answer)}
            error={problems.at("/filters")}
          />
          <BranchInput value={branches} onChange={chooseBranches} answer={answer} error={problems.at("/branches")} />
          {!probe.isPending && <Preview answer={answer} filters={filters} />}
        </Part>
      )}
      {problems.rest !== null && (
        <div>
          <ErrorNote error={problems.rest} />
        </div>
      )}
      {(answer !== undefined || otherAction !== undefined) && (
        <div className="flex flex-wrap items-center justify-end gap-x-3 gap-y-2">
          {answer !== undefined && <WhatFollows answer={answer} />}
          {otherAction}
          {answer !== undefined && <AddButton answer={answer} isAdding={add.isPending} />}
        </div>
      )}
    </form>
  );
}

function ConnectionTest({
  isPrimary,
  isEmpty,
  isPending,
  onTest,
}: {
  isPrimary: boolean;
  isEmpty: boolean;
  isPending: boolean;
  onTest: () => void;
}) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <Button
        kind={isPrimary ? "primary" : "secondary"}
        icon={<PlugZap className="size-4" />}
        busy={isPending}
        disabled={isEmpty}
        {...(isPrimary ? { type: "submit" } : { onClick: onTest })}
      >
        Test connection
      </Button>
      <span className="text-ink-3">
        {isPending ? "Asking the git host …" : "Nothing is stored or published by a test."}
      </span>
    </div>
  );
}

function Preview({ answer, filters }: { answer: ProbeAnswer; filters: readonly string[] }) {
  return answer.reachable ? <FilterPreview answer={answer} filters={filters} /> : null;
}

function AddButton({ answer, isAdding }: { answer: ProbeAnswer; isAdding: boolean }) {
  return (
    <Button type="submit" kind={answer.reachable ? "primary" : "secondary"} busy={isAdding}>
      {answer.reachable ? "Add source" : "Add it anyway"}
    </Button>
  );
}

function WhatFollows({ answer }: { answer: ProbeAnswer }) {
  return (
    <p className="min-w-60 flex-1 text-ink-3">
      {answer.reachable
        ? "It is synced at once, and about every 15 minutes from then on."
        : "It is tried again about every 15 minutes until it works."}
    </p>
  );
}

function suggestionsOf(answer: ProbeAnswer): string[] {
  if (!answer.reachable) return [];
  return [answer.vendor_suggestion, answer.package?.name].filter((one) => typeof one === "string");
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-4">
      <h2 className="text-[1.07rem] font-semibold">{title}</h2>
      {children}
    </section>
  );
}
