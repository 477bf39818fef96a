import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useUser } from "../../api/session.ts";
import type { Role } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { Checkbox } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { useSettings } from "../settings/settings.ts";
import { rolesFor } from "../users/roles.ts";

function useRequire() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["SecondFactorRoles"]) =>
      unwrap(api.PUT("/api/settings/second-factor-roles", { body })),
    onSuccess: (settings) => queryClient.setQueryData(["settings"], settings),
  });
}

/** Whose password alone is not enough. */
export function RequiredRolesCard() {
  const settings = useSettings();
  if (settings.data === undefined) return null;
  const roles = (settings.data.second_factor_roles ?? []) as Role[];
  return (
    <Card
      title="Second factor required"
      description="Whoever has one of these roles and no authenticator app or passkey sets one up before anything else, from the next click on."
    >
      <RequiredRolesForm key={roles.join()} stored={roles} />
    </Card>
  );
}

function RequiredRolesForm({ stored }: { stored: readonly Role[] }) {
  const user = useUser();
  const require = useRequire();
  const toast = useToast();
  const [roles, setRoles] = useState(stored);
  const isOwner = user.role === "owner";
  const isChanged = stored.length !== roles.length || roles.some((role) => !stored.includes(role));
  const toggle = (role: Role, isOn: boolean) =>
    setRoles(isOn ? [...roles, role] : roles.filter((other) => other !== role));
  return (
    <form
      className="flex max-w-xl flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        require.mutate({ roles: [...roles] }, { onSuccess: () => toast("Saved") });
      }}
    >
      {rolesFor("owner").map(({ role, label }) => (
        <Checkbox
          key={role}
          label={label}
          checked={roles.includes(role)}
          disabled={!isOwner}
          onChange={(event) => toggle(role, event.target.checked)}
        />
      ))}
      {require.error !== null && <ErrorNote error={require.error} />}
      {isOwner ? (
        <div className="flex items-center gap-3">
          <Button kind="primary" type="submit" busy={require.isPending} disabled={!isChanged}>
            Save changes
          </Button>
          {isChanged && <span className="text-ink-3">Not saved yet</span>}
        </div>
      ) : (
        <p className="text-ink-3">Only an owner changes this.</p>
      )}
    </form>
  );
}
