import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { useToast } from "../../ui/toast.tsx";
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
        await revoke.mutateAsync(token.id);
        toast(`${token.name} is revoked`);
      }}
    >
      <p>
        The shop’s webhook is refused from its next call on: no tokens for new purchases, no revocations. That is every
        system that uses the secret <code>…{token.last_four}</code>.
      </p>
      <p>Tokens that customers have already go on working. A revoked management token cannot be brought back.</p>
    </ConfirmDialog>
  );
}
