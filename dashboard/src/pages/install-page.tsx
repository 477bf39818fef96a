import { PlainPage } from "../layout/plain-page.tsx";

export function Component() {
  return <PlainPage title="Install">…</PlainPage>;
}
