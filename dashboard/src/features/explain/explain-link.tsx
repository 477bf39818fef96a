import { CircleHelp } from "lucide-react";
import { useMay } from "../../api/session.ts";
import { ButtonLink } from "../../ui/button.tsx";
import { explainAddress } from "./explain-address.ts";

/** Leads from whatever one looks at to the question about it. */
export function ExplainLink({
  asked,
  size = "medium",
}: {
  asked: Parameters<typeof explainAddress>[0];
  size?: "small" | "medium";
}) {
  if (!useMay("tokens:read")) return null;
  return (
    <ButtonLink to={explainAddress(asked)} size={size} icon={<CircleHelp className="size-4" aria-hidden="true" />}>
      Can’t install?
    </ButtonLink>
  );
}
