import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { LinkDialog } from "./link-dialog.tsx";
import type { ShownLink } from "./link-dialog.tsx";
import { RoleDialog } from "./role-dialog.tsx";
import {
  EndSessionsDialog,
  InviteAgainDialog,
  RemoveUserDialog,
  ResetPasswordDialog,
  ResetTotpDialog,
} from "./user-dialogs.tsx";
import { UserList } from "./user-list.tsx";
import type { UserAction } from "./user-list.tsx";
import { useUsers } from "./users.ts";
import type { User } from "./users.ts";

/** Settings → Users. */
export function UsersCard() {
  const list = useUsers();
  const mayInvite = useMay("users:write");
  const [inviting, setInviting] = useState(false);
  const [doing, setDoing] = useState<{ action: UserAction; user: User }>();
  const [link, setLink] = useState<ShownLink>();
  const users = list.data?.pages.flatMap((page) => page.items);
  const showLink = (shown: ShownLink) => {
    setInviting(false);
    setDoing(undefined);
    setLink(shown);
  };
  return (
    <Card
      flush
      title="Users"
      description="People who log into this dashboard. Customers and shops are not among them."
      actions={
        mayInvite && (
          <Button kind="primary" icon={<UserPlus className="size-4" />} onClick={() => setInviting(true)}>
            Invite user
          </Button>
        )
      }
    >
      {users !== undefined ? (
        <UserList users={users} onAction={(action, user) => setDoing({ action, user })} />
      ) : list.isError ? (
        <div className="p-5">
          <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
        </div>
      ) : (
        <SkeletonRows rows={4} />
      )}
      <LoadMore query={list} shown={users?.length ?? 0} />
      {inviting && <InviteDialog onClose={() => setInviting(false)} onInvited={showLink} />}
      {doing !== undefined && <ActionDialog {...doing} onClose={() => setDoing(undefined)} onLink={showLink} />}
      {link !== undefined && <LinkDialog shown={link} onClose={() => setLink(undefined)} />}
    </Card>
  );
}

function ActionDialog({
  action,
  user,
  onClose,
  onLink,
}: {
  action: UserAction;
  user: User;
  onClose: () => void;
  onLink: (link: ShownLink) => void;
}) {
  const about = { user, onClose };
  switch (action) {
    case "role":
      return <RoleDialog {...about} />;
    case "password":
      return <ResetPasswordDialog {...about} onLink={onLink} />;
    case "invite":
      return <InviteAgainDialog {...about} onLink={onLink} />;
    case "totp":
      return <ResetTotpDialog {...about} />;
    case "sessions":
      return <EndSessionsDialog {...about} />;
    case "remove":
      return <RemoveUserDialog {...about} />;
  }
}
