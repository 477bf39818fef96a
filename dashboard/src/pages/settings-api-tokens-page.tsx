import { ManagementTokensCard } from "../features/management-tokens/management-tokens-card.tsx";

export function Component() {
  return <ManagementTokensCard />;
}
