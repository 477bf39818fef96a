/** The topic of a committed change of one token, for the caches of the Composer repository. */
export function tokenChanged(id: string): string {
  return `token:${id}`;
}

/** The token a topic speaks of; undefined for other topics. */
export function tokenOfTopic(topic: string): string | undefined {
  return topic.startsWith("token:") ? topic.slice("token:".length) : undefined;
}
