export interface SdkEvent {
  readonly eventId: string;
  readonly tenantId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly timestamp: string;
  readonly error?: string;
}
