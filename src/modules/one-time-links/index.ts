export { linkFields, linkToken, newPassword } from "./link-schemas.ts";
export { createLink, findUsableLink, takeLink, voidLinks, voidLinksMadeBy } from "./one-time-links.ts";
export type { CreatedLink, LinkDeps } from "./one-time-links.ts";
