import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Checkbox, TextField } from "../../ui/field.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { BoundField, withDraft } from "../management-tokens/bound-field.tsx";
import type { NewManagementToken } from "../management-tokens/management-tokens.ts";
import { SellingCheckboxes, USUAL_SELLING } from "../management-tokens/sale-settings.tsx";
import { USUAL_SCOPES } from "../management-tokens/scopes.ts";
import { useHostedVendors } from "../packages/hosted-packages.ts";
import type { Source } from "../sources/source-api.ts";
import { extendedBy } from "../tokens/expiry.ts";
import type { SetupDraft } from "./setup-draft.ts";
import { SetupFrame, StepActions } from "./setup-frame.tsx";
import { keepSetupToken } from "./setup-token.ts";
import { LaterButton } from "./source-step.tsx";

const LABELS = { "/name": "The name", "/package_bound": "The package bound", "/scopes": "The scopes" };

/** The credential of the shop's webhook: enough to sell, and nothing more. */
export function TokenStep({
  sources,
  draft,
  changeDraft,
}: {
  sources: readonly Source[];
  draft: SetupDraft;
  changeDraft: (change: SetupDraft) => void;
}) {
  const [scopes, setScopes] = useState<ReadonlySet<string>>(new Set(USUAL_SCOPES.map(({ scope }) => scope)));
  const [selling, setSelling] = useState(USUAL_SELLING);
  const [expires, setExpires] = useState(true);
  const [typed, setTyped] = useState("");
  const vendors = useHostedVendors();
  const create = useCreateSetupToken(() => changeDraft({ step: "ready" }));
  const { tokenName: name = "Web shop" } = draft;
  const bound = draft.tokenBound ?? defaultBound(sources, vendors);
  const problems = formProblems(create.error, LABELS);
  const submit = () => {
    const package_bound = withDraft(bound, typed);
    const body = {
      name: name.trim(),
      scopes: [...scopes],
      // The handlers of the last step know nothing of earlier orders, nor of deliveries that the shop repeats.
      credential: selling.credential,
      unique_by: selling.uniqueBy,
      expires_at: expires ? extendedBy(12, null) : null,
      ...(package_bound.length === 0 ? {} : { package_bound }),
    };
    create.mutate(body);
  };
  return (
    <SetupFrame
      step={2}
      title="Make the token for your shop"
      description="A management token: your shop's webhook holds it, and makes a customer token for every purchase."
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label="Name"
          required
          maxLength={200}
          autoComplete="off"
          value={name}
          onChange={(event) => changeDraft({ tokenName: event.target.value })}
          error={problems.at("/name")}
          hint="What you see in lists and in the audit log."
        />
        <fieldset className="flex flex-col gap-3">
          <legend className="mb-2.5 font-medium">What it may do</legend>
          {USUAL_SCOPES.map(({ scope, allows }) => (
            <Checkbox
              key={scope}
              label={<code>{scope}</code>}
              hint={`${allows}.`}
              checked={scopes.has(scope)}
              onChange={(event) => setScopes(withScope(scopes, scope, event.target.checked))}
            />
          ))}
          {problems.at("/scopes") !== undefined && <p className="text-bad">{problems.at("/scopes")}</p>}
        </fieldset>
        <BoundField
          prefixes={bound}
          onChange={(prefixes) => changeDraft({ tokenBound: prefixes })}
          draft={typed}
          onDraft={setTyped}
          vendors={vendors}
          error={problems.at("/package_bound")}
        />
        <fieldset className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2.5 font-medium">How it sells</legend>
          <SellingCheckboxes
            settings={selling}
            onChange={(change) => setSelling((before) => ({ ...before, ...change }))}
          />
        </fieldset>
        <Checkbox
          label="It expires in a year"
          hint="A secret that leaks unnoticed ends with it. You are reminded two weeks before. Without it the token works until somebody revokes it."
          checked={expires}
          onChange={(event) => setExpires(event.target.checked)}
        />
        <p className="text-ink-3">
          Its settings can be changed later. Others, with more scopes, for another shop or with another end, are made
          under Settings → API tokens.
        </p>
        {problems.rest !== null && <ErrorNote error={problems.rest} />}
        <StepActions>
          <Button kind="quiet" className="mr-auto" onClick={() => changeDraft({ step: "source" })}>
            Back
          </Button>
          <LaterButton onClick={() => changeDraft({ step: "ready" })} />
          <Button type="submit" kind="primary" busy={create.isPending} disabled={scopes.size === 0}>
            Create the token
          </Button>
        </StepActions>
      </form>
    </SetupFrame>
  );
}

/** The secret is kept before anything else happens: no later answer holds it. */
function useCreateSetupToken(onCreated: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (body: NewManagementToken) => {
      const token = await unwrap(api.POST("/api/management-tokens", { body }));
      keepSetupToken({ secret: token.token, name: token.name, bound: token.package_bound });
    },
    onSuccess: () => {
      onCreated();
      return queryClient.invalidateQueries({ queryKey: ["management-tokens"] });
    },
  });
}

function withScope(scopes: ReadonlySet<string>, scope: string, isWanted: boolean): ReadonlySet<string> {
  const next = new Set(scopes);
  if (isWanted) next.add(scope);
  else next.delete(scope);
  return next;
}

/** Every vendor of the sources: by their filters, and by what they brought where they have none. */
function defaultBound(sources: readonly Source[], vendors: readonly string[]): string[] {
  const filtered = sources.flatMap(({ filters }) => filters.map((filter) => filter.split("/")[0] ?? ""));
  const names = filtered.length > 0 ? filtered : vendors;
  return [...new Set(names.filter((vendor) => vendor !== ""))].map((vendor) => `${vendor}/`);
}
