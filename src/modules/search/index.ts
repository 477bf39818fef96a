export { customerRules, tokenRules, tokensReading } from "./search-rules.ts";
export { readQuoted, searchText } from "./quoted.ts";
export { matching } from "./search-queries.ts";
export { wordsOfMetadata } from "./words.ts";
