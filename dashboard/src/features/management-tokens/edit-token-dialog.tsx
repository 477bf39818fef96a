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
import { NetworksField, networksIn } from "./networks-field.tsx";
import { SaleSettingsFields } from "./sale-settings.tsx";
import type { SaleSettings } from "./sale-settings.tsx";

const SUBJECTS = { "/name": "The name", "/allowed_networks": "Each of them" };

/** What of a management token can change: its name, where it is used from, and what its sales have without asking. */
export function EditTokenDialog({ token, onClose }: { token: ManagementToken; onClose: () => void }) {
  const update = useUpdateManagementToken();
  const toast = useToast();
  const [name, setName] = useState(token.name);
  const [networks, setNetworks] = useState(token.allowed_networks?.join(", ") ?? "");
  const [settings, setSettings] = useState<SaleSettings>({
    credential: token.credential,
    uniqueBy: token.unique_by,
    notify: token.notify,
    stability: token.stability,
  });
  const problems = formProblems(update.error, SUBJECTS);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const { credential, uniqueBy, notify, stability } = settings;
    const body = {
      name,
      credential,
      unique_by: uniqueBy,
      notify,
      stability,
      allowed_networks: networksIn(networks),
    };
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
        <NetworksField value={networks} onChange={setNetworks} error={problems.at("/allowed_networks")} />
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
