import { RequiredRolesCard } from "../features/second-factor/required-roles-card.tsx";
import { UsersCard } from "../features/users/users-card.tsx";

export function Component() {
  return (
    <>
      <UsersCard />
      <RequiredRolesCard />
    </>
  );
}
