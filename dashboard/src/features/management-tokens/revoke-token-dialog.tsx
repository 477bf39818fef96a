import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { useToast } from "../../ui/toast.tsx";
import { plural } from "../../ui/words.ts";
import { useRevokeManagementToken } from "./management-tokens.ts";
import type { ManagementToken } from "./management-tokens.ts";

export function RevokeTokenDialog({ token, onClose }: { token: ManagementToken; onClose: () => void }) {
  const revoke = useRevokeManagementToken();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Revoke ${token.name}?`}
      confirm="Revoke token"
      onConfirm={async () => {
        const { enabled_webhooks: webhooks } = await revoke.mutateAsync(token.id);
        toast(
          webhooks === 0
            ? `${token.name} is revoked`
            : `${token.name} is revoked. Still on: ${plural(webhooks, "webhook")} that it made`,
        );
      }}
    >
      <p>
        The shop’s webhook is refused from its next call on: no tokens for new purchases, no revocations. That is every
        system that uses the secret <code>…{token.last_four}</code>.
      </p>
      <p>
        Tokens that customers have already, and webhooks it made, go on working. A revoked management token cannot be
        brought back.
      </p>
    </ConfirmDialog>
  );
}
