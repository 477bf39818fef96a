import { PlugZap } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { Choices } from "../../ui/choices.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { Note } from "../../ui/note.tsx";
import { useToast } from "../../ui/toast.tsx";
import { BranchInput } from "./branch-input.tsx";
import { isSameChoice } from "./branches.ts";
import type { BranchChoice } from "./branches.ts";
import { CREDENTIAL_LABELS, CredentialFields, givenOf } from "./credential-fields.tsx";
import type { Credentials } from "./credential-fields.tsx";
import { FilterInput } from "./filter-input.tsx";
import { FilterPreview } from "./filter-preview.tsx";
import { isSsh, showPattern } from "./patterns.ts";
import { ProbeResult } from "./probe-result.tsx";
import { useProbe, useUpdateSource } from "./source-api.ts";
import type { Source, SourceChange } from "./source-api.ts";
import { SubmodulesChoice } from "./submodules-choice.tsx";

const LABELS = { "/name": "The name", "/url": "The URL", "/filters": "A filter", "/branches": "The selection" };

type Access = "keep" | "replace" | "remove";

export function EditSourceDialog({ source, open, onClose }: { source: Source; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Edit source" description="It is synced with the change at once." wide>
      <EditSource source={source} onClose={onClose} />
    </Dialog>
  );
}

function EditSource({ source, onClose }: { source: Source; onClose: () => void }) {
  const [name, setName] = useState(source.name);
  const [url, setUrl] = useState(source.url);
  const [filters, setFilters] = useState<string[]>(() => source.filters.map(showPattern));
  const [branches, setBranches] = useState<BranchChoice>(source.branches);
  const [access, setAccess] = useState<Access>("keep");
  const [credentials, setCredentials] = useState({ username: source.username ?? "", password: "" });
  const [submodules, setSubmodules] = useState(source.submodules);
  const update = useUpdateSource(source.id);
  const probe = useProbe();
  const toast = useToast();
  // What is wrong with a field that is not there is said below the form.
  const labels = access === "replace" ? { ...LABELS, ...CREDENTIAL_LABELS } : LABELS;
  const problems = formProblems(update.error ?? probe.error, labels);

  const change: SourceChange = { ...changedCredentials(access, credentials) };
  if (name.trim() !== source.name) change.name = name.trim();
  if (url.trim() !== source.url) change.url = url.trim();
  if (submodules !== source.submodules) change.submodules = submodules;
  if (filters.join(" ") !== source.filters.map(showPattern).join(" ")) change.filters = filters;
  if (!isSameChoice(branches, source.branches)) change.branches = branches;
  const test = (choice: BranchChoice) => {
    const asked = choice.length === 0 ? {} : { branches: choice };
    probe.mutate({ ...probedAccess(source, url.trim(), access, credentials), filters: [], ...asked });
  };
  const save = () => {
    if (Object.keys(change).length === 0) {
      onClose();
      return;
    }
    update.mutate(change, {
      onSuccess: () => {
        toast("Source saved; it is synced now.");
        onClose();
      },
    });
  };
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextField
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problems.at("/name")}
        hint="What people see in this dashboard."
        required
        autoComplete="off"
      />
      <TextField
        label="URL"
        value={url}
        onChange={(event) => setUrl(event.target.value)}
        error={problems.at("/url")}
        hint="Where the same repository is now. It is looked at before anything is changed; another host needs the access token anew."
        required
        autoComplete="off"
        spellCheck={false}
      />
      <FilterInput value={filters} onChange={setFilters} error={problems.at("/filters")} />
      {change.filters !== undefined && filters.length > 0 && (
        <Note tone="warn">
          Versions that the new filters exclude are withdrawn: no customer finds them any more. Filters that exclude
          everything make the source fail, and change nothing.
        </Note>
      )}
      <BranchInput
        value={branches}
        onChange={(choice) => {
          if (isSameChoice(choice, branches)) return;
          setBranches(choice);
          // Another choice takes other versions; which, the test tells.
          if (probe.data?.reachable === true && choice.length > 0) test(choice);
        }}
        answer={probe.data}
        error={problems.at("/branches")}
      />
      {change.branches !== undefined && (
        <Note tone="warn">
          Versions of branches that are left out from now on are withdrawn. Whoever has them in composer.lock still gets
          them.
        </Note>
      )}
      {isSsh(url) ? (
        <p className="text-ink-2">It is read with the ssh key of the user that runs the server.</p>
      ) : (
        <AccessFields source={source} access={access} onAccess={setAccess}>
          <CredentialFields
            value={credentials}
            onChange={setCredentials}
            problems={problems}
            isTokenStored={source.has_password}
          />
        </AccessFields>
      )}
      <SubmodulesChoice paths={source.submodule_paths} value={submodules} onChange={setSubmodules} />
      <Tested probe={probe} filters={filters} />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button
          className="mr-auto max-sm:w-full"
          icon={<PlugZap className="size-4" />}
          busy={probe.isPending}
          onClick={() => test(branches)}
        >
          Test connection
        </Button>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" busy={update.isPending}>
          Save source
        </Button>
      </Actions>
    </form>
  );
}

/** Whether it is read with what is stored, with other credentials (`children`) or with none. */
function AccessFields({
  source,
  access,
  onAccess,
  children,
}: {
  source: Source;
  access: Access;
  onAccess: (access: Access) => void;
  children: ReactNode;
}) {
  return (
    <div className="flex flex-col gap-3">
      <AccessChoice source={source} value={access} onChange={onAccess} />
      {access === "replace" && children}
    </div>
  );
}

function changedCredentials(access: Access, credentials: Credentials) {
  if (access === "keep") return {};
  if (access === "remove") return { username: null, password: null };
  return givenOf(credentials);
}

/** With the stored credentials unless others are given; asked for by its URL alone it is read without any. */
function probedAccess(source: Source, url: string, access: Access, credentials: Credentials) {
  if (access === "remove") return { url };
  return { source_id: source.id, url, ...(access === "replace" ? givenOf(credentials) : {}) };
}

function AccessChoice({
  source,
  value,
  onChange,
}: {
  source: Source;
  value: Access;
  onChange: (access: Access) => void;
}) {
  const choices: { value: Access; label: string }[] = source.has_password
    ? [
        { value: "keep", label: `Keep the stored ones (user name ${source.username ?? "git"})` },
        { value: "replace", label: "Replace them" },
        { value: "remove", label: "Remove them: the repository is public" },
      ]
    : [
        { value: "keep", label: "None" },
        { value: "replace", label: "Give a user name and an access token" },
      ];
  return <Choices legend="Credentials" choices={choices} value={value} onChange={onChange} />;
}

function Tested({ probe, filters }: { probe: ReturnType<typeof useProbe>; filters: readonly string[] }) {
  if (probe.isError || probe.data === undefined) return null;
  return (
    <div className="flex flex-col gap-3">
      <ProbeResult answer={probe.data} />
      {probe.data.reachable && <FilterPreview answer={probe.data} filters={filters} />}
    </div>
  );
}
