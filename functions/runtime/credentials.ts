/*
 * Stands in for @aws-sdk/credential-provider-node in every bundle: Lambda hands a function its credentials in the environment, and what
 * else the SDK would look for them with (profiles, single sign-on, instance metadata) is a fifth of a bundle that is never used.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
