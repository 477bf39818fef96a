export { mailAddress, shownAddress } from "./mail-address.ts";
