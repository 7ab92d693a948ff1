declare const PARP_VERSION: string | undefined;

/** The version of the package; `0.0.0-source` where the program was not built. */
export const VERSION: string = typeof PARP_VERSION === 'undefined' ? '0.0.0-source' : PARP_VERSION;
