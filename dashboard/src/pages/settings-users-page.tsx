import { UsersCard } from "../features/users/users-card.tsx";

export function Component() {
  return <UsersCard />;
}
