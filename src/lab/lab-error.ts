/** Why a network of namespaces cannot be: what it was that failed, and what can be done about it. */
export class LabError extends Error {
  readonly reason: 'no-command' | 'not-permitted' | 'failed';
  readonly remedy: string | undefined;

  constructor(reason: LabError['reason'], message: string, remedy?: string) {
    super(message);
    this.name = 'LabError';
    this.reason = reason;
    this.remedy = remedy;
  }
}
