import { useState } from "react";
import type { SubmitEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { useToast } from "../../ui/toast.tsx";
import { useUpdateManagementToken } from "./management-tokens.ts";
import type { ManagementToken } from "./management-tokens.ts";
import { SaleSettingsFields } from "./sale-settings.tsx";
import type { SaleSettings } from "./sale-settings.tsx";

/** What of a management token can change: its name, and what its sales have without asking for it. */
export function EditTokenDialog({ token, onClose }: { token: ManagementToken; onClose: () => void }) {
  const update = useUpdateManagementToken();
  const toast = useToast();
  const [name, setName] = useState(token.name);
  const [settings, setSettings] = useState<SaleSettings>({
    credential: token.credential,
    uniqueBy: token.unique_by,
    notify: token.notify,
    stability: token.stability,
  });
  const problems = formProblems(update.error, { "/name": "The name" });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const { credential, uniqueBy, notify, stability } = settings;
    const body = { name, credential, unique_by: uniqueBy, notify, stability };
    update.mutate(
      { id: token.id, body },
      {
        onSuccess: (updated) => {
          toast(`${updated.name} is saved`);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Edit ${token.name}`}
      description="In force with its next call. For other scopes, another shop or package bound, create another token."
    >
      <form onSubmit={submit} className="flex flex-col gap-5">
        <TextField
          label="Name"
          required
          maxLength={200}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={problems.at("/name")}
        />
        <SaleSettingsFields settings={settings} onChange={setSettings} />
        {problems.rest !== null && <ErrorNote error={problems.rest} />}
        <Actions>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={update.isPending}>
            Save
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
