/** The hidden command that sends what an apply does not wait for. */
export const DETACHED_COMMAND = 'announce-detached';
