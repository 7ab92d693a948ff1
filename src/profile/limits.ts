/** The most proxy neighbours that parp writes for one interface. */
export const MOST_PROXIES = 65_536;

/** The largest profile and the largest hosts file, in bytes. */
export const LARGEST_PROFILE = 16 * 2 ** 20;
export const LARGEST_HOSTS_FILE = 64 * 2 ** 20;
