export type Severity = 'note' | 'warning' | 'refusal';

/** Something that the operator should know before the change: a stable code, and a sentence with the remedy. */
export interface Risk {
  readonly code: RiskCode;
  readonly severity: Severity;
  readonly message: string;
  readonly profile: string;
}

export const RISK_CODES = [
  'over-answering',
  'same-subnet-twice',
  'source-filtered',
  'arp-ignore',
  'forward-drop',
  'redirects-left-on',
  'forwards-elsewhere',
  'address-conflict',
  'host-is-own-address',
  'host-off-subnet',
  'unannounced-segment',
  'pvlan-no-route',
  'own-services-exposed',
  'gateway-proxied',
  'management-path',
  'foreign-manager',
  'duplicate-invisible',
  'unanswered',
] as const;
export type RiskCode = (typeof RISK_CODES)[number];
