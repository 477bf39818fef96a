/** "1 token", "1,200 tokens". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** With a full stop, unless it ends in some mark already. */
export function sentence(text: string): string {
  const words = text.trim();
  return /[.?!…]$/.test(words) ? words : `${words}.`;
}
