/** The hidden command that sends what an apply does not wait for. */
export const DETACHED_COMMAND = 'announce-detached';

/** The hidden command that undoes what nobody confirms. */
export const GUARD_COMMAND = 'guard';
