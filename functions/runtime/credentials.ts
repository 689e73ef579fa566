/*
 * Replaces @aws-sdk/credential-provider-node in every bundle. Lambda passes a function its credentials in the
 * environment, and the SDK's other sources (profiles, single sign-on, instance metadata) make up a fifth of a bundle
 * and are never used.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
