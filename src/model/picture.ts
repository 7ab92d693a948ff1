/** The first entries of a list, how many more there are, and how many addresses the whole list holds (null: nobody can count them). */
export interface Listing {
  readonly shown: readonly string[];
  readonly more: number;
  readonly addresses: number | null;
}

/** Why an interface answers ARP requests on its wire, and for whom. */
export interface Answer {
  /** Such as `hosts of eth1`: what stands behind "answers for". */
  readonly whom: string;
  readonly listing: Listing;
}

/** One wire of a router: who lives on it, and what the router does there. */
export interface Wire {
  /** An interface, or a pattern over their names. */
  readonly interface: string;
  /** What the router answers with there; null where no host is at hand. */
  readonly mac: string | null;
  /** What the box of those who live there is called. */
  readonly home: string;
  readonly hosts: Listing;
  /** What is told where none are known. */
  readonly unlisted: string;
  /** The router's own addresses there. */
  readonly addresses: readonly string[];
  readonly answers: readonly Answer[];
  /** `proxy_arp=1`, `proxy_delay=0ms`, … */
  readonly switches: readonly string[];
}

/** One translation: `both` ways, only for what comes `in`, or only for what goes `out`. */
export interface Mapping {
  readonly public: string;
  readonly direction: 'both' | 'in' | 'out';
  readonly private: string;
}

/** A profile as a picture, whatever it is drawn with. All texts are printable ASCII but for `description`. */
export interface Picture {
  readonly profile: string;
  readonly kind: string;
  readonly description: string | null;
  readonly wires: readonly Wire[];
  /** Wires that are left out: there are very many. */
  readonly undrawn: number;
  /** What holds for the router as a whole: `ip_forward=1`, `all/send_redirects=0`, … */
  readonly switches: readonly string[];
  readonly mappings: readonly Mapping[];
  /** Whole sentences without a full stop: what the boxes cannot say. */
  readonly notes: readonly string[];
}
