/** The account and Region that the one-machine run pretends to be in. The emulators know only this account. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const HOST = '127.0.0.1';
