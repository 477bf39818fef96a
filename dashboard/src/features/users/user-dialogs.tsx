import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { useToast } from "../../ui/toast.tsx";
import type { ShownLink } from "./link-dialog.tsx";
import { useEndSessions, useInvite, useRemoveUser, useResetPassword, useResetTotp } from "./users.ts";
import type { User } from "./users.ts";

interface About {
  user: User;
  onClose: () => void;
}

export function ResetPasswordDialog({ user, onClose, onLink }: About & { onLink: (link: ShownLink) => void }) {
  const reset = useResetPassword();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Make ${user.name} a link for a new password?`}
      confirm="Make the link"
      onConfirm={async () => {
        const { link, expires_at, mailed } = await reset.mutateAsync(user.id);
        onLink({ kind: "password", email: user.email, link, expires_at, mailed });
      }}
    >
      <p>
        With it, <Address of={user} /> chooses a new password. It works once, within an hour; links made before end.
      </p>
      <p>The password of now and all sessions stay until the link is used. Then every session ends.</p>
    </ConfirmDialog>
  );
}

/** For who never accepted, or lost the link. */
export function InviteAgainDialog({ user, onClose, onLink }: About & { onLink: (link: ShownLink) => void }) {
  const invite = useInvite();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Invite ${user.name} again?`}
      confirm="Make a new link"
      onConfirm={async () => {
        const { link, expires_at, mailed } = await invite.mutateAsync({ email: user.email, role: user.role });
        onLink({ kind: "invitation", email: user.email, link, expires_at, mailed });
      }}
    >
      <p>
        <Address of={user} /> gets a new link, for 7 days. The link of before ends.
      </p>
    </ConfirmDialog>
  );
}

export function ResetTotpDialog({ user, onClose }: About) {
  const reset = useResetTotp();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove the second factor of ${user.name}?`}
      confirm="Remove second factor"
      onConfirm={async () => {
        await reset.mutateAsync(user.id);
        toast(`${user.name} logs in with the password alone`);
      }}
    >
      <p>
        For a lost phone. <Address of={user} /> is logged out everywhere, and logs in with the password alone until they
        turn two-factor authentication on again. Their recovery codes stop working.
      </p>
      <p>Make sure that it is really them who asked.</p>
    </ConfirmDialog>
  );
}

export function EndSessionsDialog({ user, onClose }: About) {
  const end = useEndSessions();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Log ${user.name} out everywhere?`}
      confirm="End all sessions"
      onConfirm={async () => {
        const { ended } = await end.mutateAsync(user.id);
        toast(
          ended === 0 ? `${user.name} was not logged in` : ended === 1 ? "1 session ended" : `${ended} sessions ended`,
        );
      }}
    >
      <p>
        Every browser in which <Address of={user} /> is logged in asks for the password with the next click. Password
        and second factor stay as they are.
      </p>
    </ConfirmDialog>
  );
}

export function RemoveUserDialog({ user, onClose }: About) {
  const remove = useRemoveUser();
  const toast = useToast();
  const isInvited = user.status === "invited";
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={isInvited ? `Take back the invitation of ${user.name}?` : `Remove ${user.name}?`}
      confirm={isInvited ? "Take back invitation" : "Remove user"}
      onConfirm={async () => {
        await remove.mutateAsync(user.id);
        toast(isInvited ? "The invitation is taken back" : `${user.name} is removed`);
      }}
    >
      {isInvited ? (
        <p>
          The link that <Address of={user} /> got stops working at once.
        </p>
      ) : (
        <>
          <p>
            <Address of={user} /> is logged out with the next click and cannot log in again. This is for good; the
            address can be invited anew.
          </p>
          <p>
            What they made stays: customer tokens, sources, and management tokens. The audit log keeps what they did.
          </p>
        </>
      )}
    </ConfirmDialog>
  );
}

function Address({ of: user }: { of: User }) {
  return <strong className="font-medium break-words text-ink">{user.email}</strong>;
}
