/** WebSocket close codes (RFC 6455, section 7.4) that this client sends or reports. */
export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  unacceptable: 1003,
  abnormal: 1006,
  inconsistent: 1007,
  tooBig: 1009,
} as const;

/** How a connection ended. */
export interface Ending {
  code: number;
  reason: string;
  by: 'us' | 'them';
}

/** The client reports the codes 1012 (restart) and 1013 (try again later) as 1002, as Apache Tomcat's does. */
export function reportedCode(code: number): number {
  return code === 1012 || code === 1013 ? CLOSE.protocolError : code;
}
