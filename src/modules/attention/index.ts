export {
  closeEntries,
  closeEntriesAbout,
  countOpenEntriesPerSubject,
  deleteEntriesAbout,
  listOpenEntriesAbout,
} from "./attention-queries.ts";
export { attentionWords } from "./attention-words.ts";
export { raiseAttention } from "./raise-attention.ts";
export type { AttentionKind, NewAttention } from "./raise-attention.ts";
