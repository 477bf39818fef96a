export { raiseAttention } from "./raise-attention.ts";
export type { AttentionKind, NewAttention } from "./raise-attention.ts";
